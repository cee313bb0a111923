import type { Clock } from '../../base/clock.js';
import { guardedClock, guardWith, regardless } from '../../base/guard.js';
import { type Context, tellFault } from '../context.js';
import { endDialog, INTERNAL } from '../uac/bye.js';
import type { Dialog } from './dialog.js';

/** A clock for what belongs to that dialog: a fault in it ends the dialog by BYE, and its owner, told of that, the other leg. */
export const clockOf = (context: Context, dialog: Dialog): Clock =>
  guardedClock(
    context.clock,
    guardWith((thrown) => endFaulty(context, dialog, thrown)),
  );

export function endFaulty(context: Context, dialog: Dialog, thrown: unknown): void {
  tellFault(context, thrown, 'A fault has ended a SIP dialog', dialog.state.callId);
  regardless(() => endDialog(context, dialog, INTERNAL, dialog.owner));
}
