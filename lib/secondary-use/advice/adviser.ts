/** Advice for pages: the sentences alone. */
import type { Lang } from '../../explain/language.js';
import type { Asked } from '../../lookups/redis.js';
import type { Uses } from '../use.js';
import { type AdviceQuestion, adviseOn } from './advise.js';

/** What there is where no sentence is: the holder has not agreed, or nobody can tell just now. */
export type Adviser = (number: string, lang: Lang) => Promise<readonly string[] | 'not-agreed' | 'away'>;

interface AdviserOptions extends Omit<AdviceQuestion, 'lang'> {
  /** Undefined until it is open, both. */
  readonly uses: () => Pick<Uses, 'gate'> | undefined;
  readonly redis: () => (Asked & { redisTime(): number }) | undefined;
}

export const adviserOf =
  ({ uses, redis, ...question }: AdviserOptions): Adviser =>
  async (number, lang) => {
    const [asked, link] = [uses(), redis()];
    if (asked === undefined || link === undefined) return 'away';
    const advice = await adviseOn(asked, link, number, link.redisTime(), { ...question, lang });
    if (advice.allowed) return advice.sentences;
    return advice.reason === 'UNAVAILABLE' ? 'away' : 'not-agreed';
  };
