/**
 * Who may be contacted for a campaign: purposes 1 and 5 of the catalogue. Everybody is asked for at the moment of export, and again before
 * the send; whoever must not be contacted is left out before anything is rendered, in whatever form.
 */
import { OUTBOX_KEY } from '../../store/consent/keys.js';
import { unavailable } from '../../store/errors.js';
import type { Regions } from '../regions.js';
import { type Row, readTable } from '../table-file.js';
import { mayUse, type NotAllowed, refuseUse, type Uses } from '../use.js';
import { isUninterested, nameOf } from './interests.js';

interface Campaign {
  readonly name: string;
  /** What kind of offers it is. */
  readonly kind: string;
  /** Of `offers`. */
  readonly channel: string;
  /** Only customers there, and only those who agreed to `location` as well. */
  readonly region?: string | undefined;
}

export interface Contact {
  /** E.164 */
  readonly number: string;
  readonly campaign: string;
  readonly kind: string;
  readonly channel: string;
  /** Empty: wherever he is. */
  readonly region: string;
  /** How many acts of his there were. */
  readonly seq: number;
  /** The last change of the register that the list knows. */
  readonly position: string;
  /** ISO 8601, UTC; after that the list is used no more. */
  readonly exported: string;
  readonly expires: string;
}

export const CONTACT_COLUMNS = [
  ...(['number', 'campaign', 'kind', 'channel', 'region', 'seq', 'position', 'exported', 'expires'] as const),
] as const satisfies readonly (keyof Contact)[];

/** How a list came to be. */
export interface Tally {
  allowed: number;
  left: number;
}

export const newTally = (): Tally => ({ allowed: 0, left: 0 });

/** Throws UseRefusal. */
export function campaignOf({
  name,
  kind = name,
  channel,
  region,
}: Omit<Campaign, 'kind'> & { kind?: string }): Campaign {
  return { name: nameOf(name), kind: nameOf(kind), channel, region };
}

/**
 * Rejects with STORE_UNAVAILABLE where the register cannot tell: half a list is none.
 * @param numbers those who may be asked for; each is listed once
 */
export async function* contactsFor(
  uses: Uses,
  regions: Regions,
  campaign: Campaign,
  numbers: Iterable<string> | AsyncIterable<string>,
  hours: number,
  tally: Tally,
): AsyncGenerator<Contact> {
  const { link, persons } = uses;
  const position = await positionOf(uses);
  const { now } = link;
  const list = {
    position,
    exported: new Date(now).toISOString(),
    expires: new Date(now + hours * 3_600_000).toISOString(),
  };
  const seen = new Set<string>();
  for await (const text of numbers) {
    const number = persons.number(text);
    if (seen.has(number)) continue;
    seen.add(number);
    const seq = await seqWhereAllowed(uses, regions, campaign, number, 'list');
    if (seq === undefined) tally.left += 1;
    else {
      tally.allowed += 1;
      const { name, kind, channel, region = '' } = campaign;
      yield { number, campaign: name, kind, channel, region, seq, ...list };
    }
  }
}

/** A list as it was exported. Throws UseRefusal where it has expired, or is none of this campaign. */
export function readList(uses: Uses, name: string, path: string): readonly Contact[] {
  const contacts = readTable(path, CONTACT_COLUMNS, 'LIST_INVALID').map((row) => contactIn(uses, path, name, row));
  for (const { expires } of contacts)
    if (Date.parse(expires) <= uses.link.now)
      refuseUse('LIST_EXPIRED', `the list has expired at ${expires}: make a new one`);
  return contacts;
}

/** Asks again for everybody on a list, before the send. */
export async function* recheck(
  uses: Uses,
  regions: Regions,
  contacts: readonly Contact[],
  tally: Tally,
): AsyncGenerator<Contact> {
  for (const contact of contacts) {
    const { campaign: name, kind, channel, region, number } = contact;
    const campaign = { name, kind, channel, region: region === '' ? undefined : region };
    const seq = await seqWhereAllowed(uses, regions, campaign, number, 're-check');
    if (seq === undefined) tally.left += 1;
    else {
      tally.allowed += 1;
      yield { ...contact, seq };
    }
  }
}

/** The numbers of a file, as CSV with the column `number`. Throws UseRefusal for a line that has none. */
export const numbersOfFile = ({ persons }: Uses, path: string): readonly string[] =>
  readTable(path, ['number']).map(({ line, of }) => {
    try {
      return persons.number(of('number'));
    } catch {
      return refuseUse('FILE_INVALID', `${path}: line ${line}: has no number`);
    }
  });

function contactIn({ persons }: Uses, path: string, name: string, { line, of }: Row): Contact {
  const bad = (what: string): never => refuseUse('LIST_INVALID', `${path}: line ${line}: ${what}`);
  const values = Object.fromEntries(CONTACT_COLUMNS.map((column) => [column, of(column)]));
  const contact = { ...(values as unknown as Contact), seq: Number(of('seq')) };
  if (contact.campaign !== name) bad(`is of the campaign ${contact.campaign}`);
  if (Number.isNaN(Date.parse(contact.expires))) bad('does not say when it expires');
  try {
    return { ...contact, number: persons.number(contact.number) };
  } catch {
    return bad('has no number');
  }
}

/** Undefined: he is not contacted. */
async function seqWhereAllowed(
  uses: Uses,
  regions: Regions,
  { name, kind, channel, region }: Campaign,
  number: string,
  use: string,
): Promise<number | undefined> {
  const about = { number, use: `${use} for ${name}` };
  const ruling = certain(await mayUse(uses, { ...about, purpose: 'offers', channel }));
  if (!ruling.allowed) return undefined;
  const { sid, seq } = ruling.grounds;
  if (await isUninterested(uses, sid, kind)) return undefined;
  if (region === undefined) return seq;
  const located = certain(await mayUse(uses, { ...about, purpose: 'location' }));
  return located.allowed && regions.regionOf(number) === region ? seq : undefined;
}

/** Whoever is left out is so for what he said. */
function certain<Result extends { readonly allowed: true } | NotAllowed>(ruling: Result): Result {
  if (!ruling.allowed && ruling.reason === 'UNAVAILABLE')
    throw unavailable('the consent register did not answer in time: the list is not whole');
  return ruling;
}

async function positionOf({ link }: Uses): Promise<string> {
  const [last] = (await link.command('XREVRANGE', [OUTBOX_KEY, '+', '-', 'COUNT', 1])) as [string, unknown][];
  return last?.[0] ?? '0-0';
}
