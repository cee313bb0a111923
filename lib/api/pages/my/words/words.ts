/** All that the customer's pages say. Each language is one object of this type: what one lacks does not compile. */
import type { ActKind, Method } from '../../../../consent/act.js';
import type { Lang } from '../../../../explain/language.js';

export type { Lang };
export const LANGS: readonly Lang[] = ['lv', 'en'];

/** Why a page says no. */
export type Refusal =
  | 'dead-link'
  | 'signed-out'
  | 'foreign'
  | 'bad-form'
  | 'not-found'
  | 'method'
  | 'too-large'
  | 'media-type'
  | 'too-many'
  | 'away'
  | 'failed';

interface RefusalWords {
  readonly title: string;
  readonly text: string;
  /** What to do now. */
  readonly next: string;
}

/** What may be wrong with a field; the field itself is named by its label. */
export interface FieldWords {
  readonly noNumber: string;
  readonly empty: string;
  readonly ownNumber: string;
  readonly twice: (place: number) => string;
  readonly choose: string;
  readonly tooMany: (most: number) => string;
  readonly nobody: string;
}

export interface Words {
  readonly lang: Lang;
  /** Its own name. */
  readonly name: string;
  readonly site: string;
  readonly skip: string;
  readonly languages: string;
  readonly sections: string;
  readonly errorPrefix: string;
  readonly errorHeading: string;
  readonly pages: Readonly<Record<PageName, string>>;
  readonly refusals: Readonly<Record<Refusal, RefusalWords>>;
  /** What was typed when a session had ended. */
  readonly typed: { readonly heading: string; readonly text: string };
  readonly session: {
    readonly number: (number: string) => string;
    readonly limit: (minutes: number, till: string) => string;
    readonly leave: string;
    readonly leftTitle: string;
    readonly leftText: string;
  };
  readonly link: {
    readonly title: string;
    readonly text: string;
    readonly once: string;
    readonly open: string;
  };
  readonly home: {
    readonly group: string;
    readonly on: string;
    readonly off: string;
    readonly noGroup: string;
    readonly change: string;
    readonly see: string;
    readonly calls: string;
    readonly callsText: string;
    readonly data: string;
    readonly dataText: string;
    readonly seeData: string;
  };
  readonly group: {
    readonly intro: string;
    readonly state: string;
    readonly stateHint: string;
    readonly on: string;
    readonly off: string;
    readonly members: string;
    readonly membersHint: (most: number) => string;
    readonly count: (members: number) => string;
    readonly place: (place: number) => string;
    readonly up: string;
    readonly down: string;
    readonly remove: string;
    readonly next: string;
    readonly nextHint: string;
    readonly add: string;
    readonly ring: string;
    readonly ringHint: string;
    readonly seconds: (seconds: number) => string;
    readonly policy: string;
    readonly policies: Readonly<Record<'linear' | 'circular', { readonly name: string; readonly hint: string }>>;
    readonly save: string;
    readonly saved: string;
    readonly savedText: string;
    readonly unsaved: string;
    readonly unsavedText: string;
    readonly stale: string;
    readonly staleText: string;
    readonly current: string;
    readonly refused: string;
  };
  readonly field: FieldWords;
  readonly calls: {
    readonly intro: string;
    readonly today: string;
    readonly none: string;
    readonly noneOlder: string;
    readonly noGroup: string;
    readonly answered: string;
    readonly unanswered: string;
    readonly left: string;
    readonly refused: string;
    readonly waited: (time: string) => string;
    readonly talked: (time: string) => string;
    /** Of the phones to which a call did not come. */
    readonly others: (phones: number) => string;
    readonly older: string;
    readonly newest: string;
    readonly shown: (calls: number) => string;
  };
  readonly consents: {
    readonly intro: string;
    readonly controller: string;
    readonly registration: string;
    readonly agree: string;
    readonly over: string;
    readonly about: string;
    readonly dataOf: string;
    readonly kept: (days: number) => string;
    readonly lasts: (months: number) => string;
    readonly open: string;
    /** Why something is not allowed, or since when it is. */
    readonly valid: (since: string) => string;
    readonly validUntil: (since: string, until: string) => string;
    readonly undecided: string;
    readonly changed: string;
    readonly denied: (at: string) => string;
    readonly expired: (at: string) => string;
    readonly objected: (at: string) => string;
    readonly save: string;
    readonly saved: string;
    readonly savedText: string;
    readonly nothing: string;
    readonly nothingText: string;
    readonly unsaved: string;
    readonly unsavedText: string;
    readonly stale: string;
    readonly staleText: string;
    readonly withdrawAll: string;
    readonly withdrawAllText: string;
    readonly historyLink: string;
    readonly summary: (given: number) => string;
    readonly see: string;
  };
  readonly history: {
    readonly intro: string;
    readonly none: string;
    readonly acts: Readonly<Record<ActKind, string>>;
    readonly methods: Readonly<Record<Method, string>>;
    readonly by: (method: string) => string;
    readonly notice: (name: string) => string;
    readonly proof: (hash: string) => string;
    readonly all: string;
    readonly older: string;
    readonly newest: string;
  };
  readonly stop: {
    readonly title: string;
    readonly text: string;
    readonly button: string;
    readonly doneTitle: string;
    readonly doneText: string;
  };
  readonly contact: (name: string) => string;
  readonly advice: {
    readonly intro: string;
    readonly notAgreed: string;
    readonly toConsents: string;
  };
  readonly data: {
    readonly intro: string;
    readonly what: readonly string[];
    readonly masked: string;
    readonly download: string;
    readonly format: string;
  };
}

export type PageName = 'home' | 'group' | 'calls' | 'advice' | 'consents' | 'history' | 'data';

/** The three forms of Latvian, and of them the two of English. Which one a count has is not for us to know. */
type Forms<Form extends Intl.LDMLPluralRule> = Readonly<Record<Form, string>>;

const RULES = { lv: new Intl.PluralRules('lv'), en: new Intl.PluralRules('en') };

const formed = (lang: Lang, count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>>): string =>
  `${count} ${forms[RULES[lang].select(count)] ?? forms.other ?? ''}`;

export const lvCount = (count: number, forms: Forms<'zero' | 'one' | 'other'>): string => formed('lv', count, forms);
export const enCount = (count: number, forms: Forms<'one' | 'other'>): string => formed('en', count, forms);
