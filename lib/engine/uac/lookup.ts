import { messageOf } from '../../base/errors.js';
import type { Target } from '../api.js';
import type { Context } from '../context.js';
import type { Dialog } from '../dialog/dialog.js';
import type { Hop } from '../network.js';

type Use = (hops: readonly Hop[]) => void;

/** Where something is sent, in order: known, or looked up when it is followed. None: the name does not exist. */
export type Lookup = readonly Hop[] | ((use: Use) => void);

const NOWHERE: readonly Hop[] = [];

/** At once when it needs no DNS. */
export function follow(lookup: Lookup, use: Use): void {
  if (typeof lookup === 'function') lookup(use);
  else use(lookup);
}

/** @param known the numeric target of that URI, where somebody has asked for it already */
export function lookUpUri(context: Context, uri: string, known?: Target): Lookup {
  const numeric = known ?? context.resolver.resolveNumeric(uri);
  if (numeric !== undefined) return [numeric];
  return (use) => {
    context.resolver.resolve(uri).then(use, (error: unknown) => {
      context.log.info({ reason: messageOf(error) }, 'A SIP name was not resolved');
      use(NOWHERE);
    });
  };
}

/** Within a dialog, requests that wait for the same name leave in the order in which they came: ACK before BYE. */
export function lookUpDialog(context: Context, dialog: Dialog, next: string): Lookup {
  const numeric = dialog.numericTarget(next, context.resolver);
  if (dialog.waiting === undefined) {
    if (dialog.hop !== undefined) return numeric === undefined ? [dialog.hop] : [dialog.hop, numeric];
    if (numeric !== undefined) return [numeric];
  }
  return (use) => waitFor(context, dialog, next, use);
}

function waitFor(context: Context, dialog: Dialog, next: string, use: Use): void {
  if (dialog.waiting !== undefined) {
    dialog.waiting.push(use);
    return;
  }
  const waiting = [use];
  dialog.waiting = waiting;
  follow(lookUpUri(context, next), (hops) => {
    dialog.waiting = undefined;
    for (const one of waiting) one(hops);
  });
}
