/** The form of consents: what was ticked when it was shown, what is now, and the acts that this makes. Pure. */
import { z } from 'zod';
import type { ActRequest } from '../../../consent/act.js';
import {
  type ConsentCatalogue,
  isRetired,
  type NoticeVersion,
  noticeAt,
  type Purpose,
  pairOf,
  partsOf,
} from '../../../consent/catalogue.js';
import type { ConsentState, PairState } from '../../../consent/register.js';

/** A purpose that can be decided on now, as the page shows it. */
export interface ShownPurpose {
  readonly purpose: Purpose;
  readonly notice: NoticeVersion;
  readonly pairs: readonly PairState[];
}

/** The purposes for which there is a notice now; of a retired one, and of what is no longer asked for, what still stands. */
export function shownPurposes(catalogue: ConsentCatalogue, state: ConsentState): ShownPurpose[] {
  const moment = Date.parse(state.asOf);
  return catalogue.purposes.flatMap((purpose) => {
    const notice = noticeAt(purpose, moment);
    if (notice === undefined || isRetired(purpose, moment)) return [];
    const pairs = notice.channels.flatMap((channel) => {
      const pair = pairOf(purpose.id, channel);
      return state.pairs.filter((one) => one.pair === pair);
    });
    return [{ purpose, notice, pairs }];
  });
}

/** Which notices can be agreed to at that moment, `offers@1`. */
export const noticesNow = (catalogue: ConsentCatalogue, moment: number): ReadonlySet<string> =>
  new Set(
    catalogue.purposes.flatMap((purpose) => {
      const notice = isRetired(purpose, moment) ? undefined : noticeAt(purpose, moment);
      return notice === undefined ? [] : [`${purpose.id}@${notice.version}`];
    }),
  );

/** As posted. */
interface ConsentDraft {
  /** How many acts there were when the form was made. */
  readonly seq: number;
  /** Of this form: a second click is the same acts again. */
  readonly once: string;
  /** Notices that stood on the form, `offers@1`. */
  readonly shown: readonly string[];
  /** What was ticked when it was shown, and what is. */
  readonly was: readonly string[];
  readonly ticked: readonly string[];
}

const FIELD_CHARS = 120;
const MOST_FIELDS = 200;
const word = z.string().max(FIELD_CHARS);
const some = z.union([word.transform((one) => [one]), z.array(word).max(MOST_FIELDS)]).default([]);

const FORM = z.object({
  seq: z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number),
  once: z.string().regex(/^[\w-]{16}$/),
  shown: some,
  was: some,
  ticked: some,
});

/** Undefined: no form of ours. */
export function readConsents(body: unknown): ConsentDraft | undefined {
  const { success, data } = FORM.safeParse(body);
  return success ? data : undefined;
}

export interface Acts {
  /** Taken whatever has happened since the form was made. */
  readonly withdraw: ActRequest | undefined;
  /** One for each purpose, by its notice. */
  readonly grants: readonly ActRequest[];
}

/**
 * What the customer has changed, and nothing else: what was not on the form, or stands as it stood there, is no decision of his.
 * @param lang in which the notices were shown
 */
export function actsOf(draft: ConsentDraft, number: string, lang: string): Acts {
  const isShown = (pair: string): boolean =>
    draft.shown.some((notice) => notice.slice(0, notice.lastIndexOf('@')) === partsOf(pair).purpose);
  const given = draft.ticked.filter((pair) => isShown(pair) && !draft.was.includes(pair));
  const taken = draft.was.filter((pair) => isShown(pair) && !draft.ticked.includes(pair));
  const about = { number, method: 'web', by: 'customer' };
  return {
    withdraw:
      taken.length === 0 ? undefined : { ...about, act: 'withdraw', pairs: taken, request: `${draft.once}.withdraw` },
    grants: draft.shown.flatMap((notice) => {
      const purpose = notice.slice(0, notice.lastIndexOf('@'));
      const pairs = given.filter((pair) => partsOf(pair).purpose === purpose);
      if (pairs.length === 0) return [];
      return [{ ...about, act: 'grant', pairs, notice, language: lang, request: `${draft.once}.${purpose}` }];
    }),
  };
}
