/** What is kept of a person beside his acts: decisions about him, and what he is not interested in. It goes with him at an erasure. */
import { interestsKey, reviewKey, reviewsKey } from '../store/consent/keys.js';
import type { ConsentLink } from '../store/consent/link.js';
import { recordOf } from '../store/flat.js';
import type { ConsentExport } from './register.js';

type Link = Pick<ConsentLink, 'command'>;

const reviewsOf = (link: Link, sid: string): Promise<string[]> =>
  link.command('SMEMBERS', [reviewsKey(sid)]) as Promise<string[]>;

export async function keptBeside(link: Link, sid: string): Promise<Pick<ConsentExport, 'reviews' | 'interests'>> {
  const hash = async (key: string): Promise<Record<string, string>> => recordOf(await link.command('HGETALL', [key]));
  const reviews: Record<string, string>[] = [];
  for (const id of await reviewsOf(link, sid)) reviews.push(await hash(reviewKey(id)));
  return { reviews, interests: await hash(interestsKey(sid)) };
}

export const keysBeside = async (link: Link, sid: string): Promise<string[]> => [
  ...(await reviewsOf(link, sid)).map(reviewKey),
  ...[reviewsKey(sid), interestsKey(sid)],
];
