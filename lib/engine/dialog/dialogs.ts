import type { Budget } from '../../base/budget.js';
import { TransientMap } from '../../base/transient-map.js';
import type { Field } from '../../sip/message.js';
import { MOST_SEQUENCE, numberWithin } from '../../sip/number.js';
import { DIALOG_BYTES } from '../weight.js';
import type { Dialog } from './dialog.js';
import { dialogKey } from './state.js';

/** All dialogs, found by Call-ID and tags (RFC 3261 §12) and by the id that applications use. */
export class Dialogs {
  readonly #byTags = new TransientMap<string, Dialog>();
  readonly #byId = new TransientMap<string, Dialog>();
  readonly #watcher: (dialog: Dialog) => void;

  readonly #budget: Budget;
  readonly #sourceOf: (address: string) => string;

  /** @param watcher told of each change in a dialog from its confirmation to its end, where its owner wants to know */
  constructor(budget: Budget, sourceOf: (address: string) => string, watcher: (dialog: Dialog) => void) {
    this.#budget = budget;
    this.#sourceOf = sourceOf;
    this.#watcher = watcher;
  }

  get size(): number {
    return this.#byTags.size;
  }

  /** How many ids name one. */
  get ids(): number {
    return this.#byId.size;
  }

  values(): IterableIterator<Dialog> {
    return this.#byTags.values();
  }

  /** @returns the one that had its id until now */
  add(dialog: Dialog): Dialog | undefined {
    this.weigh(dialog);
    this.#byTags.set(dialog.key, dialog);
    // Forks of one INVITE share the id: the answered one is meant, else the first.
    const former = this.#byId.get(dialog.id);
    if (former?.state.phase !== 'confirmed') this.#name(dialog, former);
    return former;
  }

  confirm(dialog: Dialog): void {
    dialog.state.phase = 'confirmed';
    const isAdded = dialog.account !== undefined;
    this.weigh(dialog);
    if (!isAdded) this.#byTags.set(dialog.key, dialog);
    if (!dialog.isNamed) this.#name(dialog, this.#byId.get(dialog.id));
    if (dialog.owner?.onDialogChanged === undefined) return;
    dialog.watch(this.#watcher);
    dialog.changed();
  }

  #name(dialog: Dialog, former: Dialog | undefined): void {
    if (former !== undefined) former.isNamed = false;
    this.#byId.set(dialog.id, dialog);
    dialog.isNamed = true;
  }

  remove(dialog: Dialog): void {
    dialog.state.phase = 'terminated';
    dialog.session?.stop();
    dialog.lapse?.cancel();
    const { account } = dialog;
    dialog.account = undefined;
    account?.change(-dialog.held);
    this.#byTags.delete(dialog.key);
    if (dialog.isNamed) this.#byId.delete(dialog.id);
    dialog.isNamed = false;
    dialog.origin?.dialogEnded(dialog);
    dialog.changed();
    dialog.watch(undefined);
  }

  /** What it keeps may have changed: the descriptions in force are all that a peer can make long. */
  weigh(dialog: Dialog): void {
    const { session, account, held, state } = dialog;
    const bytes = DIALOG_BYTES + (session?.local?.body.length ?? 0) + (session?.remote?.body.length ?? 0);
    if (account !== undefined && bytes === held) return;
    dialog.held = bytes;
    if (account === undefined) dialog.account = this.#budget.charge(this.#sourceOf(state.source.address), bytes);
    else account.change(bytes - held);
  }

  has({ key }: Dialog): boolean {
    return this.#byTags.has(key);
  }

  /** The engine closes: nothing is sent by itself any more. */
  stop(): void {
    for (const { session, lapse } of this.#byTags.values()) {
      session?.stop();
      lapse?.cancel();
    }
  }

  find(id: string): Dialog | undefined {
    return this.#byId.get(id);
  }

  /** RFC 3262 §4: RSeq is counted in each early dialog, but forks of one INVITE share the id that an application knows. */
  findForPrack(id: string, fields: readonly Field[]): Dialog | undefined {
    const named = this.#byId.get(id);
    if (named === undefined) return undefined;
    const number = numberWithin(fields.find(([name]) => /^rack$/i.test(name))?.[1], 1, MOST_SEQUENCE);
    const isMeant = (dialog: Dialog): boolean => dialog.remoteReliable === number;
    const owes = (dialog: Dialog): boolean => dialog.owesPrack && isMeant(dialog);
    const forks = [named, ...(named.forks ?? [])];
    // One that is owed no more comes again, because it was challenged.
    const dialog = forks.find(owes) ?? forks.find(isMeant) ?? named;
    dialog.owesPrack = false;
    return dialog;
  }

  match(callId: string, localTag: string, remoteTag: string): Dialog | undefined {
    return this.#byTags.get(dialogKey(callId, localTag, remoteTag));
  }
}
