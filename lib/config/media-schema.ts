import { z } from 'zod';
import { list, oneOf, section, whole, words } from './shapes.js';
import { MEDIA_URL } from './values.js';

/** A name of a language or of a recording: a part of a file's path, and no more of it. */
const NAME_RULE = 'must be 1 to 40 letters, digits, - and _';
const prompt = z.string({ error: NAME_RULE }).regex(/^[A-Za-z\d][\w-]{0,39}$/, { error: NAME_RULE });

const PREFIX_RULE = 'must be the beginning of a number: + and 1 to 15 digits, the first not 0';
const prefix = z.string({ error: PREFIX_RULE }).regex(/^\+[1-9]\d{0,14}$/, { error: PREFIX_RULE });

/** Announcements, waiting sounds and press 1 to accept, by FreeSWITCH. Without servers calls go on as if there were none of it. */
export const MEDIA = section({
  /** Event sockets: freeswitch://:password@host:8021. */
  servers: list(MEDIA_URL),
  /** The SIP profile of FreeSWITCH that takes our calls. */
  profile: words,
  /** The address of this machine at which FreeSWITCH reaches us. Absent: loopback for one on this machine, else the first other one. */
  listenAddress: words.optional(),
  /** The folder of recordings, as FreeSWITCH sees it: LANGUAGE/NAME.wav. Absent: config/prompts here. */
  prompts: words.optional(),
  /** Of groups that have none of their own. */
  language: prompt,
  /** Whether a member counts as having pressed 1 where the media server fails while he is asked. */
  onFailure: oneOf(['accept', 'decline']),
  /**
   * What the operator's own numbers begin with, such as +371670: `hunt_check` warns of other members in groups without confirm. Empty: of
   * members that are SIP URIs alone.
   */
  ownNumbers: list(prefix),
  /** From the answer: who has not pressed 1 by then is not asked any longer. */
  confirmSeconds: whole(2, 120),
  /** Between the end of the question and its repetition. */
  repeatMs: whole(100, 60_000),
  /** The longest announcement; longer ones are cut. */
  announcementSeconds: whole(1, 120),
  /** How long a caller may hear our waiting sound; then it ends, and phones go on ringing. */
  waitingSeconds: whole(1, 3_600),
  /** How long a media server may take for anything but playing. */
  timeoutMs: whole(100, 30_000),
  /** When a media server that is down is tried again at first; each time after twice as long, 30 s at most. */
  retryMs: whole(10, 30_000),
  /** How long a media server that failed a call is left alone. */
  restMs: whole(0, 600_000),
  /** How often endpoints are compared with the channels of the media servers. */
  sweepSeconds: whole(1, 3_600),
});
