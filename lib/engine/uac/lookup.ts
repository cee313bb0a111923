import { messageOf } from '../../base/errors.js';
import { guarded } from '../../base/guard.js';
import type { LocalFailure } from '../../sip/local-failure.js';
import { type Context, tellFault } from '../context.js';
import type { Destination } from '../destination.js';
import type { Dialog } from '../dialog/dialog.js';
import { judged } from '../dialog/next-hop.js';
import { behind, routable } from '../dialog/sources.js';
import type { DialogState } from '../dialog/state.js';
import { localFailureOf } from '../local-failure.js';

/** @param failure why there are none */
type Use = (targets: readonly Destination[], failure?: LocalFailure) => void;

/** A name has to be looked up; what is known without that is tried first. */
export interface Search {
  readonly first: readonly Destination[];
  /** None: the name does not exist. */
  search(use: Use): void;
}

/** Where something is sent, in order. */
export type Lookup = readonly Destination[] | Search;

const NOWHERE: readonly Destination[] = [];

export const isSearch = (lookup: Lookup): lookup is Search => 'search' in lookup;

/** At once when it needs no DNS. */
function follow(lookup: Lookup, use: Use): void {
  if (!isSearch(lookup)) use(lookup);
  else if (lookup.first.length > 0) use(lookup.first);
  else lookup.search(use);
}

/** @param known the numeric target of that URI, where somebody has asked for it already */
export function lookUpUri(context: Context, uri: string, known?: Destination): Lookup {
  const numeric = known ?? context.resolver.resolveNumeric(uri);
  if (numeric !== undefined) return [numeric];
  return { first: NOWHERE, search: (use) => resolve(context, uri, use) };
}

function resolve(context: Context, uri: string, use: Use): void {
  const enter = (targets: readonly Destination[], failure: LocalFailure): void =>
    guardedUse(context, use, targets, failure);
  context.resolver.resolve(uri).then(
    (targets) => enter(targets, 'no such host'),
    (error: unknown) => {
      context.log.warn({ reason: messageOf(error) }, 'A SIP name was not resolved');
      enter(NOWHERE, localFailureOf(error));
    },
  );
}

/** Within a dialog, requests that wait for the same name leave in the order in which they came: ACK before BYE. */
export function lookUpDialog(context: Context, dialog: Dialog, next: string): Lookup {
  const numeric = dialog.numericTarget(next, context.resolver);
  const { nextHop } = dialog.state;
  if (dialog.waiting === undefined && numeric !== undefined) {
    return nextHop === undefined
      ? spoken(context, dialog, [numeric])
      : [nextHop, ...behind(dialog.state, [numeric], context.peers)];
  }
  const isSure = dialog.waiting === undefined && nextHop !== undefined && !dialog.state.isNextHopGuessed;
  // Those that wait for the name of another request have not tried the next hop.
  const isTried = isSure || nextHop === undefined;
  const search = (use: Use): void =>
    waitFor(context, dialog, next, isTried ? use : (targets) => use(targets.length > 0 ? targets : [nextHop]));
  return { first: isSure ? [nextHop] : NOWHERE, search };
}

function waitFor(context: Context, dialog: Dialog, next: string, use: Use): void {
  if (dialog.waiting !== undefined) {
    dialog.waiting.push(use);
    return;
  }
  const waiting = [use];
  dialog.waiting = waiting;
  follow(lookUpUri(context, next), (found, failure) => {
    dialog.waiting = undefined;
    const targets =
      dialog.state.nextHop === undefined ? spoken(context, dialog, found) : named(context, dialog.state, found);
    for (const one of waiting) guardedUse(context, one, targets, failure);
  });
}

/** Of a Contact that names its host. */
function named(context: Context, state: DialogState, found: readonly Destination[]): readonly Destination[] {
  const { nextHop, isNextHopGuessed } = state;
  return behind(state, nextHop !== undefined && isNextHopGuessed ? judged(nextHop, found) : found, context.peers);
}

/**
 * A Contact or route that demands a transport that we do not speak is no better than none, and neither is a route that is not the
 * peer's to say: the peer itself did speak with us, and gets the request with all its Route values.
 */
function spoken(context: Context, { state }: Dialog, targets: readonly Destination[]): readonly Destination[] {
  const usable = routable(state, targets, context.peers);
  for (const { protocol, address } of usable) if (context.network.find(protocol, address) !== undefined) return usable;
  return [state.source];
}

/** What waits for one name is many's. */
const guardedUse = (context: Context, use: Use, targets: readonly Destination[], failure?: LocalFailure): void =>
  guarded(
    () => use(targets, failure),
    (thrown) => tellFault(context, thrown, 'What waited for a name has failed'),
  );
