/** A record without the numbers of its caller and of its members, as record_mask takes it. Its group and its times stay. Pure. */
import { maskNumber } from '../../base/log.js';
import { fieldReader, pairsOf } from '../flat.js';

const NOBODY = '***';

/** A number by its first and last digits, so that calls of one and of many are still told apart; nothing of anything else. */
function party(text: string): string {
  if (text === '' || /[*]/.test(text)) return text;
  if (/^sips?:/i.test(text)) return `sip:${NOBODY}`;
  return /^\+?\d{6,15}$/.test(text) ? maskNumber(text) : NOBODY;
}

const MASKED: Readonly<Record<string, (value: string, call: string) => string>> = {
  caller: party,
  presented: party,
  by: party,
  diverted: (value) => value.split(',').map(party).join(','),
  // Its peer's choice, and often with an address or a number in it.
  callId: () => '',
  attempts: maskedAttempts,
};

/** @param flat the entry's fields: a flat list of name and value @param now milliseconds since 1970 */
export function maskedDocument(flat: readonly string[], now: number): string {
  const value = fieldReader(flat);
  const call = value('call');
  const fields: string[] = [];
  for (const [name, text] of pairsOf(flat)) {
    if (['revision', 'revised', 'masked'].includes(name)) continue;
    fields.push(name, Object.hasOwn(MASKED, name) ? (MASKED[name]?.(text, call) ?? '') : text);
  }
  const revision = (Number(value('revision')) || 0) + 1;
  fields.push('revision', String(revision), 'revised', String(Math.floor(now)), 'masked', 'yes');
  return JSON.stringify([fields, [], [call], '']);
}

/** Of what others said the numbers go, wherever they stand; of Call-IDs our own stay, which begin with the call's id. */
function maskedAttempts(text: string, call: string): string {
  try {
    const attempts: unknown = JSON.parse(text);
    if (!Array.isArray(attempts)) return '[]';
    return JSON.stringify(attempts.map((one) => masked(one as Readonly<Record<string, unknown>>, call)));
  } catch {
    return '[]';
  }
}

function masked(attempt: Readonly<Record<string, unknown>>, call: string): Readonly<Record<string, unknown>> {
  const { member, trunk, callIds, said } = attempt;
  const own = (id: unknown): boolean => typeof id === 'string' && call !== '' && id.startsWith(call);
  return {
    ...attempt,
    member: party(String(member ?? '')),
    // Of a member that is a SIP URI, itself.
    ...(typeof trunk === 'string' && { trunk: trunk.includes('@') ? party(trunk) : trunk }),
    ...(Array.isArray(callIds) && { callIds: callIds.filter(own) }),
    ...(typeof said === 'object' && said !== null && { said: withoutNumbers(said) }),
  };
}

const withoutNumbers = (said: object): unknown =>
  Object.fromEntries(
    Object.entries(said).map(([name, text]) => [name, typeof text === 'string' ? maskNumber(text) : text]),
  );
