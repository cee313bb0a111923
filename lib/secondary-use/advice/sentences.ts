/** Advice in words. Pure. */
import type { Lang } from '../../explain/language.js';
import { duration } from '../../explain/times.js';
import type { MemberUsage, OtherOrder, Settings, ShorterRing, Usage } from './usage.js';

/** With fewer calls nothing is advised. */
const LEAST_CALLS = 20;

interface Words {
  tooFew(calls: number): string;
  summary(usage: Usage, since: string): string;
  member(usage: MemberUsage): string;
  shorter(better: ShorterRing, ring: number): string;
  order(better: OtherOrder): string;
  readonly fits: string;
}

const waited = ({ waited: ms }: Usage, lang: Lang): string => duration(ms ?? 0, lang);

const english = new Intl.PluralRules('en');
const count = (n: number, one: string, other: string): string => `${n} ${english.select(n) === 'one' ? one : other}`;

const EN: Words = {
  tooFew: (calls) =>
    `There are ${count(calls, 'call', 'calls')} to judge by so far: advice begins with ${LEAST_CALLS}.`,
  summary: (usage, since) =>
    `Since ${since} there were ${count(usage.calls, 'call', 'calls')}: ${usage.answered} answered${
      usage.answered === 0 ? '' : `, after ${waited(usage, 'en')} on average`
    }; ${count(usage.left, 'caller', 'callers')} left before that.`,
  member: ({ member, rung, percent }) =>
    percent === null
      ? `${member} was not rung.`
      : `${member} answers ${percent} % of the ${count(rung, 'call', 'calls')} that came so far.`,
  shorter: ({ ring, saved, late, answers }, now) =>
    `With ${ring} s instead of ${now} s your callers wait ${duration(saved, 'en')} less on average; ${
      late === 0 ? 'no answer' : `${late} of ${count(answers, 'answer', 'answers')}`
    } came later than that.`,
  order: ({ order, saved }) =>
    `In the order ${order.join(', ')} your callers would wait about ${duration(saved, 'en')} less.`,
  fits: 'Ring time and order fit: nothing that could be chosen would have made your callers wait noticeably less.',
};

const latvian = new Intl.PluralRules('lv');
/** One, several, and none or 10 to 20: three forms. */
const skaits = (n: number, one: string, other: string, zero: string): string => {
  const form = latvian.select(n);
  return `${n} ${form === 'one' ? one : form === 'zero' ? zero : other}`;
};
const zvani = (n: number): string => skaits(n, 'zvans', 'zvani', 'zvanu');

const LV: Words = {
  tooFew: (calls) => `Līdz šim vērtēšanai ir ${zvani(calls)}: padomu var dot, sākot ar ${LEAST_CALLS}.`,
  summary: (usage, since) =>
    `Kopš ${since} bija ${zvani(usage.calls)}: atbildēti ${usage.answered}${
      usage.answered === 0 ? '' : `, vidēji pēc ${waited(usage, 'lv')}`
    }; pirms atbildes klausuli nolika ${skaits(usage.left, 'zvanītājs', 'zvanītāji', 'zvanītāju')}.`,
  member: ({ member, rung, percent }) =>
    percent === null
      ? `${member} netika zvanīts.`
      : `${member} atbild uz ${percent} % no tur saņemtajiem zvaniem (kopā ${zvani(rung)}).`,
  shorter: ({ ring, saved, late, answers }, now) =>
    `Ar ${ring} s zvanīšanas laiku ${now} s vietā Jūsu zvanītāji vidēji gaida par ${duration(saved, 'lv')} mazāk; ${
      late === 0
        ? 'vēlāk neatbildēja neviens'
        : `vēlāk atbildēts ${late} no ${skaits(answers, 'zvana', 'zvaniem', 'zvaniem')}`
    }.`,
  order: ({ order, saved }) =>
    `Secībā ${order.join(', ')} Jūsu zvanītāji gaidītu aptuveni par ${duration(saved, 'lv')} mazāk.`,
  fits: 'Zvanīšanas laiks un secība ir piemēroti: cita izvēle zvanītāju gaidīšanu manāmi nesaīsinātu.',
};

const WORDS: Readonly<Record<Lang, Words>> = { en: EN, lv: LV };

/** @param since the day from which on calls were looked at */
export function sentencesOf(usage: Usage, { ring }: Settings, since: string, lang: Lang): readonly string[] {
  const say = WORDS[lang];
  if (usage.calls < LEAST_CALLS) return [say.tooFew(usage.calls)];
  const { shorter, order } = usage;
  const better = [
    ...(shorter === null ? [] : [say.shorter(shorter, ring)]),
    ...(order === null ? [] : [say.order(order)]),
  ];
  return [
    say.summary(usage, since),
    ...usage.members.map((member) => say.member(member)),
    ...(better.length === 0 ? [say.fits] : better),
  ];
}
