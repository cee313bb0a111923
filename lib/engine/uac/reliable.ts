import type { SipMessage } from '../../sip/message.js';
import { RSEQ } from '../../sip/names.js';
import { MOST_SEQUENCE, numberWithin } from '../../sip/number.js';
import type { Dialog } from '../dialog/dialog.js';

/** RFC 3262 §4: a reliable response that was seen is not new, and one out of turn is not processed. */
export function reliabilityOf(message: SipMessage, dialog: Dialog): 'none' | 'new' | 'old' {
  const value = message.firstNumbered(RSEQ);
  if (value === undefined || !message.values('require').some((option) => option.toLowerCase() === '100rel'))
    return 'none';
  const number = numberWithin(value, 1, MOST_SEQUENCE);
  // One that cannot be acknowledged is not reliable.
  if (number === undefined) return 'none';
  if (dialog.remoteReliable >= 0 && number !== dialog.remoteReliable + 1) return 'old';
  dialog.remoteReliable = number;
  dialog.owesPrack = true;
  return 'new';
}
