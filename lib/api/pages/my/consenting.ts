/** What the customer has decided goes to the register: withdrawals first and always, grants where he saw what is. */
import { randomBytes } from 'node:crypto';
import type { ActRequest } from '../../../consent/act.js';
import type { RedisRegister } from '../../../consent/redis-register.js';
import { ConsentRefusal } from '../../../consent/refusal.js';
import type { ConsentRegister } from '../../../consent/register.js';
import type { Acts } from './consent-form.js';

export type Register = Pick<ConsentRegister, 'act' | 'state' | 'history' | 'export' | 'catalogue' | 'controller'> &
  Pick<RedisRegister, 'find'>;

const ONCE_BYTES = 12;
export const newOnce = (): string => randomBytes(ONCE_BYTES).toString('base64url');

/** Each as the register words it: somebody was faster, the notice is another one by now, or the form was used for other choices. */
const STALE = new Set([
  'STATE_CHANGED',
  'NOTICE_OUTDATED',
  'NOTICE_UNKNOWN',
  'CHANNEL_UNKNOWN',
  'PURPOSE_RETIRED',
  'REQUEST_REUSED',
]);

/**
 * Resolves to how many acts there are then, or `stale`: no grant was taken, or not all of them; withdrawals were.
 * @param seen how many acts there were when the customer saw his consents
 */
export async function decide(register: Register, { withdraw, grants }: Acts, seen: number): Promise<number | 'stale'> {
  let seq = seen;
  let isAlone = true;
  if (withdraw !== undefined) {
    const at = await withdrawn(register, withdraw);
    isAlone = at <= seq + 1;
    seq = at;
  }
  if (grants.length > 0 && !isAlone) return 'stale';
  for (const grant of grants) {
    try {
      const { act } = await register.act({ ...grant, expectedSeq: seq });
      seq = Math.max(seq, act.seq);
    } catch (thrown) {
      if (thrown instanceof ConsentRefusal && STALE.has(thrown.reason)) return 'stale';
      throw thrown;
    }
  }
  return seq;
}

/** A form that was used before, for other choices, must not keep a withdrawal from being taken. */
async function withdrawn(register: Register, request: ActRequest): Promise<number> {
  try {
    return (await register.act(request)).act.seq;
  } catch (thrown) {
    if (!(thrown instanceof ConsentRefusal) || thrown.reason !== 'REQUEST_REUSED') throw thrown;
    return (await register.act({ ...request, request: undefined })).act.seq;
  }
}
