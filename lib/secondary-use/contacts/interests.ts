/** What a customer is not interested in: it is no longer sent. Kept until he says otherwise or is erased, whatever becomes of his consents. */
import { canonical } from '../../consent/canonical.js';
import { interestsKey } from '../../store/consent/keys.js';
import { refuseUse, type Uses } from '../use.js';

const KIND = /^[a-z][a-z\d-]{0,39}$/;

/** A kind of offers, or a campaign, is a name; throws UseRefusal where it is none, or holds somebody's number. */
export function nameOf(text: string): string {
  if (KIND.test(text) && !/\d{7}/.test(text)) return text;
  return refuseUse('NAME_INVALID', 'write a name of small letters, digits and -, such as new-phones');
}

/** @param by who wrote it down */
export async function setInterest(
  { register, persons, link }: Uses,
  number: string,
  kind: string,
  isInterested: boolean,
  by: string,
): Promise<void> {
  const name = nameOf(kind);
  const { sid } = await register.find(persons.number(number));
  if (isInterested) await link.command('HDEL', [interestsKey(sid), name]);
  else
    await link.command('HSET', [
      ...[interestsKey(sid), name],
      canonical({ interested: false, at: new Date(link.now).toISOString(), by }),
    ]);
}

export const isUninterested = async ({ link }: Pick<Uses, 'link'>, sid: string, kind: string): Promise<boolean> =>
  (await link.command('HEXISTS', [interestsKey(sid), kind])) === 1;
