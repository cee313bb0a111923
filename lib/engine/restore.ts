import { CodedError } from '../base/errors.js';
import type { Authorize, Owner } from './api.js';
import type { Context } from './context.js';
import { Dialog } from './dialog/dialog.js';
import { Session } from './dialog/session.js';
import type { DialogState } from './dialog/state.js';
import { watchLapse } from './dialog/subscription.js';
import { contactOf } from './network.js';

/** Goes on with a dialog of an engine that is gone, as its snapshot was; where that listened elsewhere, from our own address. */
export function restoreDialog(context: Context, state: DialogState, owner: Owner, authorize?: Authorize): void {
  if (state.phase !== 'confirmed') throw new CodedError('REQUEST_INVALID', `dialog ${state.id} is not confirmed`);
  const { session, ...rest } = state;
  const { source } = state;
  const local = context.network.of(source);
  const dialog = new Dialog({
    ...rest,
    source: { ...source, local: local.transport.advertised },
    ...(!context.network.isListeningPoint(source) && { contact: contactOf(local, state.secure) }),
  });
  if (context.dialogs.has(dialog)) throw new CodedError('REQUEST_INVALID', `dialog ${state.id} is here already`);
  dialog.owner = owner;
  dialog.authorize = authorize;
  if (session !== undefined) dialog.session = Session.restored(session, context.keeperOf(dialog));
  context.dialogs.confirm(dialog);
  watchLapse(context, dialog);
}
