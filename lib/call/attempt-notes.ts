/** What is written down of an attempt. */
import { added } from '../base/short-list.js';
import { bounded, detached, readable } from '../base/text.js';
import type { LocalFailure } from '../sip/local-failure.js';
import type { Reply } from '../sip-server/sip-server.js';
import type { Hint, Said } from '../store/types.js';
import type { PreviousMember } from './history.js';
import { refusesMetadata } from './metadata-refusal.js';
import { type CancelReason, isAnswer, type Result, type ResultRecord, resultOfCancel, rowOf } from './results.js';
import type { Candidate } from './trunks/trunks.js';

const NO_CALL_IDS: readonly string[] = [];

export class AttemptNotes {
  started: number | null = null;
  rang: number | null = null;
  ended: number | null = null;
  /** Undefined while it goes on. */
  result: Result | undefined;
  /** What counts as the response that ended it, though nobody may have sent it. */
  status: number | null = null;
  /** Where its INVITE went last, or was answered. */
  trunk: string | null = null;
  #callIds = NO_CALL_IDS;
  /** Of the last leg. */
  said: Said | null = null;
  local: LocalFailure | null = null;
  /** The member refused, in his answer, all use of this call but running, billing and explaining it. */
  metadataRefused = false;
  /** What looked like forwarding and proves nothing. */
  hint: Hint | undefined;

  /** The Call-ID of the last leg; empty before there is one. */
  get callId(): string {
    return this.#callIds.at(-1) ?? '';
  }

  called(trunk: string, callId: string, now: number): void {
    this.started ??= now;
    this.trunk = trunk;
    this.#callIds = added(this.#callIds, detached(callId));
    this.said = null;
    this.local = null;
  }

  /** A response that ends it, unless there is a further trunk to try. */
  heard(reply: Reply): void {
    const { failure } = reply;
    if (failure === undefined) this.#heard(saidIn(reply), null);
    else this.#heard(null, failure);
  }

  failed(local: LocalFailure): void {
    this.#heard(null, local);
  }

  /** The leg is given up. */
  abandoned(): void {
    if (this.said === null && this.local === null) this.local = 'no response';
  }

  /** The answer is read once. @param refusalHeader see `refusesMetadata` */
  answered(trunk: string, answer: Reply | undefined, refusalHeader: string): void {
    this.result = 'answered';
    this.trunk = trunk;
    this.status = answer?.status ?? 200;
    if (answer === undefined) return;
    this.metadataRefused = refusesMetadata(answer.headers, refusalHeader);
    this.heard(answer);
  }

  over(result: Result, reply: Reply | undefined, now: number): void {
    this.result = result;
    this.status = reply?.status ?? this.status;
    this.ended ??= this.started === null ? null : now;
  }

  /** A fault has ended the call. `isUp`: the caller has the answer. */
  broken(isUp: boolean, now: number): void {
    if (this.result !== undefined && (isUp || !this.isAnswered)) return;
    this.result = 'fault';
    this.ended ??= now;
  }

  get isAnswered(): boolean {
    return isAnswer(this.result);
  }

  get mayStillAnswer(): boolean {
    return this.result !== undefined && rowOf(this.result).mayStillAnswer === true;
  }

  /** What comes of it when we send CANCEL for that reason. */
  resultOf(cancelReason: CancelReason): Result {
    return resultOfCancel(cancelReason, this.rang !== null);
  }

  /** @param candidate where it was tried last */
  asPrevious(candidate: Candidate | undefined): PreviousMember | undefined {
    const { result, status } = this;
    return candidate === undefined || result === undefined ? undefined : { uri: candidate.uri, result, status };
  }

  /** @param utc what our clock lacks of the time of day */
  record(member: string, utc: number): ResultRecord {
    const { said, hint } = this;
    const record = {
      member,
      started: later(this.started, utc),
      rang: later(this.rang, utc),
      ended: later(this.ended, utc),
      why: this.result ?? 'not-needed',
      status: said !== null && said.status >= 200 ? said.status : null,
      trunk: this.trunk,
      callIds: this.#callIds,
      said,
      local: this.local,
    };
    return hint === undefined ? record : { ...record, hint };
  }

  #heard(said: Said | null, local: LocalFailure | null): void {
    this.said = said;
    this.local = local;
  }
}

const later = (time: number | null, utc: number): number | null => (time === null ? null : Math.round(time + utc));

/** What people read of it. */
const LONGEST = 128;
const short = (text: string): string => detached(bounded(readable(text), LONGEST));
/** What nearly every answer says: a call keeps it for as long as it lasts. */
const OK: Said = { status: 200, phrase: 'OK', reason: null, warning: null };

function saidIn({ status, reason, headers }: Reply): Said {
  const { reason: why, warning } = headers;
  if (status === 200 && reason === 'OK' && why === undefined && warning === undefined) return OK;
  return {
    status,
    phrase: short(reason),
    reason: why === undefined ? null : short(why),
    warning: warning === undefined ? null : short(warning),
  };
}
