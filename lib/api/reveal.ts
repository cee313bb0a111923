/** Who has looked at a caller that asked not to be shown: written down before it is shown. */
import { API_AUDIT_KEY } from '../store/keys.js';
import type { ApiContext } from './context.js';
import type { Identity } from './roles.js';

/** Entries name no number: they may lie for as long as they are few. */
const MOST = 100_000;

/** Rejects with StoreError where it cannot be written: then nothing is shown. */
export async function reveal({ link, log }: ApiContext, { name, role }: Identity, call: string): Promise<void> {
  await link.command('XADD', [
    API_AUDIT_KEY,
    'MAXLEN',
    '~',
    MOST,
    '*',
    'by',
    name,
    'role',
    role,
    'what',
    'reveal',
    'call',
    call,
  ]);
  log.info({ call, by: name }, 'a caller who asked not to be shown was shown to whom it is allowed');
}
