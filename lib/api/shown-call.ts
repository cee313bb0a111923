/** What of a call is shown to whom. */
import { namesOf, numberIn } from '../explain/names.js';
import type { CallView } from '../lookups/call-view.js';
import { type Identity, mayDo } from './roles.js';

/** `+371…02`; what is no number may be a person's name, and is left out. */
export function shortened(number: string): string {
  const own = numberIn(number);
  return own === '' ? '' : (namesOf([own], 'short').get(own) ?? '');
}

/** The call as this role sees it. Who asked not to be shown (RFC 3323) is taken out behind this, for every role. */
export function callFor(who: Identity, { id, record }: CallView): CallView {
  if (mayDo(who, 'callers')) return { id, record };
  const { caller, presented, diverted } = record;
  const masked = { caller: shortened(caller), presented: shortened(presented), diverted: diverted.map(shortened) };
  return { id, record: { ...record, ...masked } };
}
