import { messageOf } from '../../base/errors.js';
import type { Target } from '../api.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import type { Hop } from '../network.js';

/** Calls back with the targets, in order; at once when they need no DNS. None: the name does not exist. */
export type Lookup = (use: (hops: readonly Hop[]) => void) => void;

const NOWHERE: readonly Hop[] = [];

/** @param known the numeric target of that URI, where somebody has asked for it already */
export function lookUpUri(context: Context, uri: string, known?: Target): Lookup {
  return (use) => {
    const numeric = known ?? context.resolver.resolveNumeric(uri);
    if (numeric !== undefined) return use([numeric]);
    context.resolver.resolve(uri).then(use, (error: unknown) => {
      context.log.info({ reason: messageOf(error) }, 'A SIP name was not resolved');
      use(NOWHERE);
    });
  };
}

/** Within a dialog, requests that wait for the same name leave in the order in which they came: ACK before BYE. */
export function lookUpDialog(context: Context, dialog: Dialog, next: string): Lookup {
  return (use) => {
    if (dialog.waiting !== undefined) {
      dialog.waiting.push(use);
      return;
    }
    const numeric = context.resolver.resolveNumeric(next);
    const direct = numeric === undefined ? NOWHERE : [numeric];
    if (dialog.hop !== undefined) return use([dialog.hop, ...direct]);
    if (numeric !== undefined) return use(direct);
    const waiting = [use];
    dialog.waiting = waiting;
    lookUpUri(
      context,
      next,
    )((hops) => {
      dialog.waiting = undefined;
      for (const one of waiting) one(hops);
    });
  };
}
