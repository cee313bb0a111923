import { COLON, OPEN_BRACKET, SEMICOLON } from './chars.js';
import { type Codes, type Span, valueCodes } from './codes.js';
import { isParam, type Params, param, readParam, tailParams, valueText } from './params.js';
import {
  breakAt,
  codesOf,
  digitsIn,
  isWordIn,
  NOT_IN_PORT,
  runEnd,
  spaceEnd,
  startsWith,
  TOKEN,
  VERSION,
} from './runs.js';
import { hostEnd } from './uri.js';

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  /** Upper-case: UDP, TCP, TLS. */
  readonly transport: string;
  /** Without the brackets of an IPv6 reference. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
}

/** Where the parts of the Via value stand that `scanVia` found well formed last. */
const viaParts = {
  transportFrom: 0,
  transportTo: 0,
  /** Without brackets. */
  hostFrom: 0,
  hostTo: 0,
  /** 0 when there is none. */
  port: 0,
  /** Behind host and port. */
  tailFrom: 0,
  /** The value of `branch`, with its quotes; empty without. */
  branchFrom: 0,
  branchTo: 0,
  /** These parameters as a whole, with their semicolons; empty where they are not there. */
  rportFrom: 0,
  rportTo: 0,
  receivedFrom: 0,
  receivedTo: 0,
};

const SLASH = 47;
const USUAL = codesOf('SIP/2.0/');
const SIP = codesOf('sip');
const BRANCH = codesOf('branch');
const RPORT = codesOf('rport');
const RECEIVED = codesOf('received');

/** False when malformed. */
function scanVia(codes: Codes, from: number, to: number): boolean {
  const transportFrom = startsWith(codes, from, to, USUAL) ? from + USUAL.length : protocolEnd(codes, from, to);
  if (transportFrom < 0) return false;
  const transportTo = runEnd(codes, transportFrom, to, TOKEN);
  let at = spaceEnd(codes, transportTo, to);
  if (transportTo === transportFrom || at === transportTo) return false;
  const end = hostEnd(codes, at, to);
  if (end < 0) return false;
  const bracket = codes[at] === OPEN_BRACKET ? 1 : 0;
  viaParts.transportFrom = transportFrom;
  viaParts.transportTo = transportTo;
  viaParts.hostFrom = at + bracket;
  viaParts.hostTo = end - bracket;
  viaParts.port = 0;
  at = end < to && codes[end] === COLON ? end : spaceEnd(codes, end, to);
  if (at < to && codes[at] === COLON) {
    const portFrom = spaceEnd(codes, at + 1, to);
    at = breakAt(codes, portFrom, to, NOT_IN_PORT);
    const port = digitsIn(codes, portFrom, at);
    if (!(port >= 1 && port <= 65_535)) return false;
    viaParts.port = port;
  }
  return scanTail(codes, at, to);
}

/**
 * `SIP / 2.0 / ` with white space around the slashes: where the transport begins, -1 when it is not there. The version may be
 * another, so that a 505 finds its way back.
 */
function protocolEnd(codes: Codes, from: number, to: number): number {
  let at = spaceEnd(codes, from, to);
  if (at + 3 > to || !isWordIn(codes, at, at + 3, SIP)) return -1;
  at = spaceEnd(codes, at + 3, to);
  if (at >= to || codes[at] !== SLASH) return -1;
  at = spaceEnd(codes, at + 1, to);
  const versionTo = runEnd(codes, at, to, VERSION);
  if (versionTo === at) return -1;
  at = spaceEnd(codes, versionTo, to);
  return at < to && codes[at] === SLASH ? spaceEnd(codes, at + 1, to) : -1;
}

function scanTail(codes: Codes, from: number, to: number): boolean {
  viaParts.tailFrom = from;
  viaParts.branchFrom = 0;
  viaParts.branchTo = 0;
  viaParts.rportFrom = 0;
  viaParts.rportTo = 0;
  viaParts.receivedFrom = 0;
  viaParts.receivedTo = 0;
  let at = from;
  if (at < to && codes[at] !== SEMICOLON) at = spaceEnd(codes, from, to);
  if (at < to && codes[at] !== SEMICOLON) return false;
  while (at < to) {
    at = readParam(codes, at, to);
    if (!param.wellFormed) return false;
    // Of two with one name the first counts.
    if (viaParts.branchTo === 0 && isParam(codes, BRANCH)) {
      viaParts.branchFrom = param.valueFrom;
      viaParts.branchTo = param.to;
    } else if (viaParts.rportTo === 0 && isParam(codes, RPORT)) {
      viaParts.rportFrom = param.from;
      viaParts.rportTo = param.to;
    } else if (viaParts.receivedTo === 0 && isParam(codes, RECEIVED)) {
      viaParts.receivedFrom = param.from;
      viaParts.receivedTo = param.to;
    }
  }
  return true;
}

/** A Via value of a message: what messages are routed and matched by is read at once, the rest on first use. */
export class TopVia implements Via {
  readonly host: string;
  readonly port: number | undefined;
  /** Empty where there is none. */
  readonly branch: string;
  readonly text: string;
  /** Where these parameters stand in the text, see `viaParts`. */
  private readonly rportFrom: number;
  private readonly rportTo: number;
  private readonly receivedFrom: number;
  private readonly receivedTo: number;
  private whole: Via | undefined;

  private constructor(
    text: string,
    host: string,
    port: number | undefined,
    branch: string,
    rportFrom: number,
    rportTo: number,
    receivedFrom: number,
    receivedTo: number,
  ) {
    this.text = text;
    this.host = host;
    this.port = port;
    this.branch = branch;
    this.rportFrom = rportFrom;
    this.rportTo = rportTo;
    this.receivedFrom = receivedFrom;
    this.receivedTo = receivedTo;
    this.whole = undefined;
  }

  /** Undefined when malformed. */
  static read({ text, codes, from, to }: Span): TopVia | undefined {
    if (!scanVia(codes, from, to)) return undefined;
    const { hostFrom, hostTo, port, branchFrom, branchTo, rportFrom, rportTo, receivedFrom, receivedTo } = viaParts;
    return new TopVia(
      text.slice(from, to),
      text.slice(hostFrom, hostTo),
      port === 0 ? undefined : port,
      valueText(text, branchFrom, branchTo),
      rportTo === 0 ? 0 : rportFrom - from,
      rportTo === 0 ? 0 : rportTo - from,
      receivedTo === 0 ? 0 : receivedFrom - from,
      receivedTo === 0 ? 0 : receivedTo - from,
    );
  }

  get hasRport(): boolean {
    return this.rportTo > 0;
  }

  get hasReceived(): boolean {
    return this.receivedTo > 0;
  }

  /** With `received`, and with a value of `rport` where it has that parameter (RFC 3261 §18.2.1, RFC 3581 §4). */
  stamped(address: string, sourcePort: number): TopVia {
    const { text, host, port, branch } = this;
    const rport = this.hasRport ? `;rport=${sourcePort}` : '';
    const received = `;received=${address}`;
    const beforeRport = text.slice(0, this.rportFrom) + rport;
    if (!this.hasReceived) {
      const value = beforeRport + text.slice(this.rportTo) + received;
      const end = value.length;
      return new TopVia(value, host, port, branch, this.rportFrom, beforeRport.length, end - received.length, end);
    }
    const value =
      this.rportFrom < this.receivedFrom
        ? beforeRport + text.slice(this.rportTo, this.receivedFrom) + received + text.slice(this.receivedTo)
        : text.slice(0, this.receivedFrom) +
          received +
          text.slice(this.receivedTo, this.rportFrom) +
          rport +
          text.slice(this.rportTo);
    return TopVia.read({ text: value, codes: valueCodes.of(value), from: 0, to: value.length }) as TopVia;
  }

  get transport(): string {
    return this.all.transport;
  }

  get params(): Params {
    return this.all.params;
  }

  private get all(): Via {
    this.whole ??= parseVia(this.text) as Via;
    return this.whole;
  }
}

/** Undefined when malformed. */
export function parseVia(text: string): Via | undefined {
  const codes = valueCodes.of(text);
  if (!scanVia(codes, 0, text.length)) return undefined;
  const { transportFrom, transportTo, hostFrom, hostTo, port, tailFrom } = viaParts;
  return {
    transport: text.slice(transportFrom, transportTo).toUpperCase(),
    host: text.slice(hostFrom, hostTo),
    port: port === 0 ? undefined : port,
    params: tailParams(text, codes, tailFrom, text.length),
  };
}
