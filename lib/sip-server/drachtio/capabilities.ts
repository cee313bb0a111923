/** What the SIP server at the other end of the protocol can do, by its version token, and how much it can read at once. */
import { ALL_CAPABILITIES, type Capabilities } from '../sip-server.js';

/** The SIP server of this project. */
const OWN_ENGINE = '-virkne';

/** In octets. drachtio-server 0.9.10 copies a frame into buffers of fixed size, and cuts or loses silently what does not fit. */
export interface FrameLimits {
  /** Of a frame: a longer one never completes in its buffer of 12,228, and the connection is dead for good. */
  readonly frame: number;
  /** Of the headers of a message, which are cut behind 8,400. */
  readonly headers: number;
  /** Of the start line, which is cut behind 512. */
  readonly startLine: number;
  /**
   * It reads 8,192 at once behind what is still incomplete in that buffer, and what runs over drives out the beginning. Behind a
   * frame that is longer than this, nothing may be sent before it is answered.
   */
  readonly followed: number;
}

const FRAME_LIMITS: FrameLimits = { frame: 12_200, headers: 8_300, startLine: 500, followed: 12_228 - 8_192 - 16 };

/** Id, lead line, start line and Content-Length of a response. */
const OVERHEAD = 200;

const OTHERS: Omit<Capabilities, 'version'> = {
  deliversLateAnswers: false,
  reportsTrying: false,
  sendsRoute: false,
  surfacesWithoutPrack: false,
  takesEvery2xx: false,
  restoresDialogs: false,
  longestContent: FRAME_LIMITS.frame - OVERHEAD,
};

export const isOwnEngine = (version: string): boolean => version.includes(OWN_ENGINE);

/** Another server keeps all that to itself. The protocol carries no dialogs, whoever speaks it. */
export const capabilitiesOf = (version: string): Capabilities =>
  isOwnEngine(version) ? { ...ALL_CAPABILITIES, version, restoresDialogs: false } : { ...OTHERS, version };

/** Undefined: it takes more than anybody sends. */
export const frameLimitsOf = (version: string): FrameLimits | undefined =>
  isOwnEngine(version) ? undefined : FRAME_LIMITS;
