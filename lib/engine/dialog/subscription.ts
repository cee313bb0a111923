import { mainValue } from '../../sip/headers.js';
import type { SipMessage } from '../../sip/message.js';
import { numberHeld } from '../../sip/number.js';
import type { Context } from '../context.js';
import type { Dialog } from './dialog.js';
import { clockOf } from './faulty.js';

/** Seconds; what a subscription lasts when nobody says (RFC 6665 leaves it to the package; most say one hour). */
const DEFAULT_EXPIRES = 3600;
/** A day, and well within what a timer can wait. */
const MAX_EXPIRES = 86_400;

/** A 2xx to SUBSCRIBE makes or prolongs the subscription; it lapses 64·T1 after it expires (RFC 6665 §4.1.2, §4.4.1). */
export function subscribed(context: Context, dialog: Dialog, request: SipMessage, response: SipMessage): void {
  const said = response.first('expires') ?? request.first('expires');
  const seconds = numberHeld(said, 0, MAX_EXPIRES) ?? DEFAULT_EXPIRES;
  const isNew = dialog.state.phase === 'early';
  if (!isNew && !dialog.isSubscription) return;
  dialog.state.lapsesAt = context.clock.now() + seconds * 1000 + context.timers.timeout;
  if (isNew) context.dialogs.confirm(dialog);
  else dialog.changed();
  watchLapse(context, dialog);
}

export function watchLapse(context: Context, dialog: Dialog): void {
  const { lapsesAt } = dialog.state;
  dialog.lapse?.cancel();
  if (lapsesAt === undefined) return;
  const left = Math.max(0, lapsesAt - context.clock.now());
  dialog.lapse = clockOf(context, dialog).after(left, () => context.dialogs.remove(dialog));
}

/** A NOTIFY that said `terminated` has been answered: the subscription is over (RFC 6665 §4.4.1). */
export function notified(context: Context, dialog: Dialog, notify: SipMessage): void {
  const isOver = mainValue(notify.first('subscription-state') ?? '').toLowerCase() === 'terminated';
  if (isOver && dialog.isSubscription) context.dialogs.remove(dialog);
}
