/** One member of a call: what is known of it, and the sentence that says so. Pure. */
import type { AttemptRecord, CallRecord } from '../store/types.js';
import type { KeptTrace } from '../trace/kept-trace.js';
import type { CallEnd, Language, PhoneFacts } from './language.js';
import { heardFrom } from './messages.js';
import { numberIn } from './names.js';
import { AT_ONCE_MS, duration, type Times } from './times.js';

export interface PhoneContext {
  readonly record: CallRecord;
  readonly trace: KeptTrace | undefined;
  readonly language: Language;
  readonly times: Times;
  /** Since when members are on another call, as far as it is known. */
  readonly busySince: ReadonlyMap<string, number>;
  nameOf(party: string): string;
  /** The caller is not to be shown. */
  readonly hidesCaller: boolean;
}

export interface ExplainedPhone {
  readonly member: string;
  /** The record's word; `withheld` where that would show who called. */
  readonly why: string;
  readonly sentence: string;
}

const WITHHELD = 'withheld';

export function explainPhone(attempt: AttemptRecord, context: PhoneContext): ExplainedPhone {
  const { language, nameOf, hidesCaller } = context;
  const { member, why } = attempt;
  const facts = factsOf(attempt, context);
  if (hidesCaller && why === 'own-number' && !facts.isPilot) {
    return { member: facts.who, why: WITHHELD, sentence: language.hidden(facts.who) };
  }
  const say = Object.hasOwn(language.phone, why) ? language.phone[why] : undefined;
  return { member: nameOf(member), why, sentence: say?.(facts) ?? language.phoneElse(facts, why) };
}

function factsOf(attempt: AttemptRecord, context: PhoneContext): PhoneFacts {
  const { record, trace, language, times, busySince, nameOf } = context;
  const { member, started, rang, said, status, local, hint, trunk } = attempt;
  const ended = attempt.why === 'answered' ? record.answered : (attempt.ended ?? record.ended);
  const span = (from: number | null, to: number | null): string =>
    from === null || to === null ? '' : duration(to - from, language.lang);
  const since = busySince.get(member);
  const { end, other } = endOf(record);
  return {
    who: nameOf(member),
    // Older records do not say where an INVITE went.
    overTrunk: trunk === null ? !member.startsWith('sip') : !isDirect(trunk, member),
    wasCalled: started !== null,
    rang: span(rang, ended),
    tried: ended !== null && started !== null && ended - started < AT_ONCE_MS ? '' : span(started, ended),
    talked: attempt.why === 'answered' && record.answered !== null ? duration(record.talked, language.lang) : '',
    said: said === null ? (status === null ? '' : String(status)) : `${said.status} ${said.phrase}`.trim(),
    because: said === null ? '' : becauseOf(said.reason, said.warning),
    heard: heardFrom(member, record, trace).join(', '),
    local: local === null ? '' : language.local(local),
    hint: hint === undefined ? '' : HEADERS[hint],
    since: since === undefined ? '' : times.clock(since),
    isPilot: member === record.pilot || numberIn(member) === record.pilot,
    other: other === null || other === member ? '' : nameOf(other),
    end,
  };
}

const HEADERS = {
  diversion: 'Diversion',
  'history-info': 'History-Info',
  'asserted-identity': 'P-Asserted-Identity',
} as const;

const becauseOf = (reason: string | null, warning: string | null): string =>
  [reason === null ? [] : `Reason: ${reason}`, warning === null ? [] : `Warning: ${warning}`].flat().join('; ');

/** A member that is a SIP URI is sent to directly, and its URI stands where the trunk's name would. */
const isDirect = (trunk: string, member: string): boolean => trunk === member || member.startsWith('sip');

/** How the call ended, for those whose turn never came, and who brought it about. */
function endOf({ answered, status, attempts, by, endReason }: CallRecord): {
  readonly end: CallEnd;
  readonly other: string | null;
} {
  if (answered !== null) return { end: 'answered', other: by };
  if (endReason !== null) return { end: endReason === 'expired' ? 'expired' : 'other', other: null };
  if (attempts.some(({ why }) => why === 'caller-left')) return { end: 'caller-left', other: null };
  const last = attempts.findLast(({ started }) => started !== null);
  if (status === 487) return { end: last?.why === 'no-answer' ? 'expired' : 'caller-left', other: null };
  if (last?.why === 'declined') return { end: 'declined', other: last.member };
  return { end: 'other', other: null };
}
