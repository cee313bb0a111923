/** What may be asked of the register, and the record that an act becomes. Pure. */
import {
  ACTS,
  type Act,
  type ActKind,
  type ActRequest,
  CAUSES,
  type Cause,
  GENESIS,
  METHODS,
  type Method,
} from './act.js';
import { canonical, digest } from './canonical.js';
import {
  allPairs,
  type ConsentCatalogue,
  isInForce,
  isRetired,
  type NoticeRef,
  type NoticeVersion,
  noticeAt,
  oldestValid,
  partsOf,
  purposeOf,
  shown,
} from './catalogue.js';
import type { Folded } from './fold.js';
import { refuse } from './refusal.js';

/** A request that can be taken, as far as it can be judged without knowing the person. */
export interface Checked {
  readonly act: ActKind;
  readonly pairs: readonly string[] | 'all';
  readonly notice: NoticeVersion | undefined;
  readonly ref: NoticeRef | undefined;
  readonly method: Method;
  readonly by: string;
  readonly request: string;
  readonly expectedSeq: number | undefined;
  readonly corrects: number | undefined;
  readonly text: string | undefined;
  readonly cause: Cause | undefined;
  readonly lift: boolean;
}

const REQUEST = /^[\w.-]{1,64}$/;
const BY = /^[\p{L}\p{M}\p{N} ._@:-]{1,64}$/u;
const NOTICE = /^([\w-]{1,40})@(\d{1,6})$/;
const LONGEST_TEXT = 2_000;
/** Of these a customer may name all at once: they take something away. */
const MAY_SAY_ALL: ReadonlySet<ActKind> = new Set(['deny', 'withdraw', 'object']);
const NAMES_PAIRS: ReadonlySet<ActKind> = new Set(['served', 'grant', 'deny', 'withdraw', 'object']);
const NEEDS_NOTICE: ReadonlySet<ActKind> = new Set(['served', 'grant']);

const isOneOf = <Value extends string>(values: readonly Value[], value: unknown): value is Value =>
  values.some((one) => one === value);

/**
 * Throws ConsentRefusal.
 * @param digits of the person's number: no id of a request may hold them, as it stands in a key
 */
export function check(
  catalogue: ConsentCatalogue,
  asked: ActRequest,
  request: string,
  digits: string,
  moment: number,
): Checked {
  const { act, method, by = 'customer', corrects, text, cause, expectedSeq } = asked;
  if (!isOneOf(ACTS, act)) return refuse('ACT_UNKNOWN', `say one of ${ACTS.join(', ')}`);
  if (asked.at !== undefined) refuse('BACK_DATED', 'an act binds from its receipt: it has no other time');
  if (!isOneOf(METHODS, method)) return refuse('METHOD_UNKNOWN', `say one of ${METHODS.join(', ')}`);
  if (typeof request !== 'string' || !REQUEST.test(request) || holds(request, digits))
    refuse('REQUEST_INVALID', 'its id has 1 to 64 letters, digits, . _ or -, and no number of a person');
  if (typeof by !== 'string' || !BY.test(by) || holds(by, digits))
    refuse('TEXT_INVALID', 'who acts is named by up to 64 letters and digits, not by a number');
  if (expectedSeq !== undefined && !isCount(expectedSeq))
    refuse('STATE_CHANGED', 'the expected state is a number of acts');
  const pairs = NAMES_PAIRS.has(act) ? checkedPairs(catalogue, act, asked.pairs, moment) : [];
  if (!NAMES_PAIRS.has(act) && asked.pairs !== undefined) refuse('PAIR_INVALID', `${act} names no purpose`);
  const seen =
    NEEDS_NOTICE.has(act) || asked.notice !== undefined
      ? checkedNotice(catalogue, act, asked, pairs, moment)
      : undefined;
  if (act === 'correct' && !(isCount(corrects) && corrects >= 1))
    refuse('CORRECTS_NOTHING', 'name the act that is corrected by its number');
  if (text !== undefined) checkText(act, text);
  if (act === 'correct' && text === undefined) refuse('TEXT_INVALID', 'a correction says what is right');
  const why = cause ?? (act === 'erase' ? 'request' : undefined);
  if (why !== undefined && !(act === 'erase' && isOneOf(CAUSES, why)))
    refuse('CAUSE_UNKNOWN', `of an erasure, say ${CAUSES.join(' or ')}`);
  return {
    act,
    pairs,
    notice: seen?.notice,
    ref: seen?.ref,
    method,
    by: by.normalize('NFC'),
    request,
    expectedSeq,
    corrects: act === 'correct' ? corrects : undefined,
    text: text?.normalize('NFC'),
    cause: why as Cause | undefined,
    lift: act === 'restrict' && asked.lift === true,
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The last digits are the subscriber's: nobody else's text has them by chance. */
function holds(text: string, digits: string): boolean {
  const own = digits.slice(-7);
  return own.length === 7 && text.replace(/\D/g, '').includes(own);
}

function checkText(act: ActKind, text: unknown): void {
  if (act !== 'correct' && act !== 'object') refuse('TEXT_INVALID', `${act} has no words of the customer`);
  if (typeof text !== 'string' || text.length === 0 || text.length > LONGEST_TEXT || /\p{Surrogate}/u.test(text))
    refuse('TEXT_INVALID', `has 1 to ${LONGEST_TEXT} characters`);
}

function checkedPairs(
  catalogue: ConsentCatalogue,
  act: ActKind,
  pairs: ActRequest['pairs'],
  moment: number,
): readonly string[] | 'all' {
  if (pairs === 'all' || (Array.isArray(pairs) && pairs.length === 1 && pairs[0] === 'all')) {
    if (MAY_SAY_ALL.has(act)) return 'all';
    return refuse('WILDCARD', `${act} names each purpose and channel: there is no consent to all at once`);
  }
  if (!Array.isArray(pairs) || pairs.length === 0)
    return refuse('NOTHING_NAMED', 'name purpose:channel, such as offers:sms');
  if (pairs.length > allPairs(catalogue).length) refuse('PAIR_INVALID', 'there are not so many');
  for (const pair of pairs) checkPair(catalogue, act, pair, moment);
  return [...new Set(pairs as string[])].sort();
}

function checkPair(catalogue: ConsentCatalogue, act: ActKind, pair: unknown, moment: number): void {
  if (typeof pair !== 'string' || pair.length > 80) refuse('PAIR_INVALID', 'write purpose:channel, such as offers:sms');
  const { purpose: id, channel } = partsOf(pair);
  if (/[*?]/.test(pair) || channel === 'all' || id === 'all')
    refuse('WILDCARD', 'each purpose and channel has a name of its own; only all is withdrawn at once');
  const purpose = purposeOf(catalogue, id);
  if (purpose === undefined)
    refuse('PURPOSE_UNKNOWN', `known are ${catalogue.purposes.map((one) => one.id).join(', ')}`);
  const isNew = NEEDS_NOTICE.has(act);
  const channels = isNew
    ? (noticeAt(purpose, moment)?.channels ?? [])
    : purpose.notices.flatMap((notice) => notice.channels);
  if (channel === '') refuse('PAIR_INVALID', `name the channel, such as ${id}:${channels[0] ?? 'data'}`);
  if (!channels.includes(channel)) refuse('CHANNEL_UNKNOWN', `${id} has ${[...new Set(channels)].join(', ')}`);
  if (isNew && isRetired(purpose, moment)) refuse('PURPOSE_RETIRED', `nobody is asked for ${id} any more`);
}

function checkedNotice(
  catalogue: ConsentCatalogue,
  act: ActKind,
  { notice: name, language }: ActRequest,
  pairs: readonly string[] | 'all',
  moment: number,
): { readonly notice: NoticeVersion; readonly ref: NoticeRef } {
  if (name === undefined || name === '')
    return refuse('NOTICE_MISSING', `${act} names the notice that was shown, such as offers@1`);
  const [, id = '', number = ''] = (typeof name === 'string' ? NOTICE.exec(name) : null) ?? [];
  const purpose = purposeOf(catalogue, id);
  const notice = purpose?.notices.find(({ version }) => version === Number(number));
  if (purpose === undefined || notice === undefined || !isInForce(notice, moment))
    return refuse('NOTICE_UNKNOWN', 'there is no such notice in force, or the name is not like offers@1');
  if (pairs === 'all' || pairs.some((pair) => partsOf(pair).purpose !== id))
    refuse('NOTICE_OF_ANOTHER_PURPOSE', `${name} tells of ${id} alone: each purpose is its own act`);
  if (NEEDS_NOTICE.has(act)) {
    if (notice.version < oldestValid(purpose, moment)) refuse('NOTICE_OUTDATED', `${id} has a materially new notice`);
    const lacking = pairs.find((pair) => !notice.channels.includes(partsOf(pair).channel));
    if (lacking !== undefined) refuse('CHANNEL_UNKNOWN', `${name} does not tell of ${lacking}`);
  }
  if (typeof language !== 'string' || !catalogue.languages.includes(language))
    return refuse('LANGUAGE_UNKNOWN', `say in which language it was shown: ${catalogue.languages.join(', ')}`);
  return { notice, ref: shown(purpose, notice, language).ref };
}

/** The same day so many months later, or the last one of a shorter month; in UTC. */
function monthsLater(iso: string, months: number): string {
  const from = new Date(iso);
  const day = from.getUTCDate();
  const target = new Date(from);
  target.setUTCDate(1);
  target.setUTCMonth(target.getUTCMonth() + months);
  const last = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(day, last));
  return target.toISOString();
}

interface ComposeContext {
  readonly sid: string;
  readonly controller: string;
  /** SHA-256 of the customer's words with their salt. */
  readonly words: string | undefined;
  /** Milliseconds since 1970, by the register's clock. */
  readonly now: number;
}

interface Composed {
  readonly act: Act;
  readonly text: string;
  readonly head: string;
}

/** The record that follows `before`. Times never go back: two nodes with two clocks write one order. */
export function compose(catalogue: ConsentCatalogue, checked: Checked, before: Folded, at: ComposeContext): Composed {
  const { pairs, notice, ref, act, corrects, cause, expectedSeq } = checked;
  if (
    expectedSeq !== undefined &&
    expectedSeq !== before.seq &&
    act !== 'withdraw' &&
    act !== 'object' &&
    act !== 'deny'
  )
    refuse('STATE_CHANGED', `the customer saw ${expectedSeq} acts, there are ${before.seq}: show them and ask again`);
  if (corrects !== undefined && corrects > before.seq) refuse('CORRECTS_NOTHING', `there are ${before.seq} acts`);
  const time = Math.max(at.now, before.at === '' ? 0 : Date.parse(before.at));
  const iso = new Date(time).toISOString();
  const named = pairs === 'all' ? [...new Set([...allPairs(catalogue), ...Object.keys(before.entries)])].sort() : pairs;
  const months = act === 'grant' ? notice?.validMonths : undefined;
  const record: Act = {
    schema: 1,
    sid: at.sid,
    seq: before.seq + 1,
    prev: before.seq === 0 ? GENESIS : before.head,
    act,
    at: iso,
    pairs: named,
    ...(ref !== undefined && { notice: ref }),
    ...(months !== undefined && { until: monthsLater(iso, months) }),
    method: checked.method,
    by: checked.by,
    request: checked.request,
    controller: at.controller,
    ...(corrects !== undefined && { corrects }),
    ...(at.words !== undefined && { words: at.words }),
    ...(cause !== undefined && { cause }),
    ...(checked.lift && { lift: true as const }),
  };
  const text = canonical(record);
  return { act: record, text, head: digest(text) };
}

/** What two requests with one id must have in common. */
export function contentOf({ act, pairs, ref, method, corrects, text, cause, lift }: Checked): string {
  return digest(
    canonical({
      act,
      pairs,
      notice: ref ?? null,
      method,
      corrects: corrects ?? null,
      text: text ?? null,
      cause: cause ?? null,
      lift,
    }),
  );
}
