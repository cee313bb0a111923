/** The consent register: acts go into a person's list, and the state follows from them. */
import type { Ids } from '../base/ids.js';
import { askedKey, logKey, metadataKey, onceKey, stateKey, wordsKey } from '../store/consent/keys.js';
import { namedOf, recordOf } from '../store/flat.js';
import type { Act, ActRequest } from './act.js';
import { Appender, type AppenderOptions, type Person, repeated } from './appender.js';
import { keptBeside } from './beside.js';
import { canonical, digest } from './canonical.js';
import { type ConsentCatalogue, nameOfNotice, purposeOf, shown } from './catalogue.js';
import { readChain, stateDiffers, type Verification } from './chain.js';
import { erasedHeads, erasuresIn, hasErasure, requestOf } from './erasures.js';
import { type Folded, fold, NOBODY } from './fold.js';
import type { Persons } from './person.js';
import type { Controller, PublicKey, Receipt } from './receipt.js';
import { refuse } from './refusal.js';
import type { Asked, ConsentExport, ConsentRegister, ConsentState, HistoryEntry } from './register.js';
import { type Checked, check } from './rules.js';
import { foldedOf } from './state-fields.js';
import { viewOf } from './state-view.js';

interface RegisterOptions extends AppenderOptions {
  readonly persons: Persons;
  readonly ids: Ids;
}

/** With what stands of it outside Redis. */
export type VerifiedList = Verification & { readonly erasures: ReturnType<typeof erasuresIn> };

/** A person as he is now. */
interface Found extends Person {
  readonly epoch: number;
  /** When the holder before left. */
  readonly begins: string | null;
  /** The answer to the request, where it was taken before. */
  readonly repeated: string;
}

/** Writers who meet at one person: each try one of them wins. */
const MOST_TRIES = 200;
/** Holders of one number, one after another. */
const MOST_EPOCHS = 1_000;

export class RedisRegister implements ConsentRegister {
  readonly #options: RegisterOptions;
  /** The acts of one person wait for each other: of several processes the list itself decides. */
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #appender: Appender;
  readonly catalogue: ConsentCatalogue;
  readonly controller: Controller;

  constructor(options: RegisterOptions) {
    this.#options = options;
    this.#appender = new Appender(options);
    this.catalogue = options.catalogue;
    this.controller = options.controller;
  }

  get keys(): readonly PublicKey[] {
    return this.#options.signer.keys;
  }

  async act(asked: ActRequest): Promise<Receipt> {
    const { persons, link, ids } = this.#options;
    const number = persons.number(asked.number);
    const request = asked.request ?? ids.uuid();
    const checked = check(this.catalogue, asked, request, number.replace(/\D/g, ''), link.now);
    const before = this.#queues.get(number) ?? Promise.resolve();
    const done = before.then(() => this.#take(number, checked));
    const settled = done.catch(() => {});
    this.#queues.set(number, settled);
    void settled.then(() => this.#queues.get(number) === settled && this.#queues.delete(number));
    return done;
  }

  async #take(number: string, checked: Checked): Promise<Receipt> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const receipt = await this.#try(number, checked);
      if (receipt !== undefined) return receipt;
    }
    return refuse('BUSY', 'too many acts of this person at once: try again');
  }

  /** Undefined: another act was faster. */
  async #try(number: string, checked: Checked): Promise<Receipt | undefined> {
    const found = await this.find(number, checked);
    return found.repeated === '' ? this.#appender.append(found, checked) : repeated(found.repeated, checked);
  }

  /** Of the erasures that were told outside Redis, done again are those that a backup has brought back. */
  async eraseAgain(by: string): Promise<{ readonly told: number; readonly again: readonly string[] }> {
    const { headsFile, signer, link } = this.#options;
    const told = headsFile === undefined ? [] : await erasedHeads(headsFile, signer);
    const again: string[] = [];
    for (const erased of told) {
      const asked = { act: 'erase', number: '', method: 'cli', by, cause: erased.erased };
      const checked = check(this.catalogue, asked, requestOf(erased), '', link.now);
      for (let done = false; !done; ) {
        const stored = await this.#stored(erased.sid);
        const { acts, folded } = readChain(erased.sid, stored);
        // Of whom the backup knows nothing, nothing came back; but the next holder of a number comes after this one.
        const isGone = stored.length === 0 && erased.erased === 'request';
        if (isGone || hasErasure(erased, acts, stored)) break;
        done = (await this.#appender.append({ sid: erased.sid, folded }, checked)) !== undefined;
        if (done) again.push(erased.sid);
      }
    }
    return { told: told.length, again };
  }

  /** The holder of the number now: of those before nothing is said. */
  async find(number: string, checked?: Checked): Promise<Found> {
    const { persons, link } = this.#options;
    let begins: string | null = null;
    for (let epoch = 0; epoch < MOST_EPOCHS; epoch++) {
      const sid = persons.sid(number, epoch);
      const keys = [stateKey(sid), ...(checked === undefined ? [] : [onceKey(sid, checked.request)])];
      const [time, again, flat] = (await link.read('consent_read', keys)) as [string, string, string[]];
      link.heard(Number(time));
      const folded = foldedOf(flat);
      // Who says again that the number was given away has said it of the holder before.
      const isHandover = again !== '' && checked?.cause === 'reassigned';
      if (folded.closed === null || isHandover) return { sid, epoch, folded, begins, repeated: again };
      begins = folded.closed;
    }
    return refuse('NUMBER_INVALID', 'this number had too many holders');
  }

  async state(number: string, at?: Date): Promise<ConsentState> {
    const { persons, link } = this.#options;
    const e164 = persons.number(number);
    if (at !== undefined && Number.isNaN(at.getTime())) refuse('TIME_INVALID', 'write it as 2026-11-25T18:00Z');
    const found = await this.find(e164);
    const moment = at?.getTime() ?? link.now;
    if (at === undefined || moment >= link.now) return viewOf(this.catalogue, found, found.folded, link.now);
    return viewOf(this.catalogue, found, await this.#foldedAt(found.sid, moment), moment);
  }

  async #foldedAt(sid: string, moment: number): Promise<Folded> {
    const { acts } = readChain(sid, await this.#stored(sid));
    return acts
      .filter(({ at }) => Date.parse(at) <= moment)
      .reduce<Folded>((folded, act) => fold(folded, act, digest(canonical(act))), NOBODY);
  }

  async history(number: string): Promise<readonly HistoryEntry[]> {
    const { sid } = await this.find(this.#options.persons.number(number));
    return this.#historyOf(sid);
  }

  async #historyOf(sid: string): Promise<readonly HistoryEntry[]> {
    const [stored, flat] = await Promise.all([
      this.#stored(sid),
      this.#options.link.command('HGETALL', [wordsKey(sid)]),
    ]);
    const words = namedOf(flat);
    return readChain(sid, stored).acts.map((act) => {
      const said = words.get(String(act.seq));
      return said !== undefined && digest(said) === act.words
        ? { ...act, text: (JSON.parse(said) as { text: string }).text }
        : act;
    });
  }

  async verify(number: string): Promise<Verification & { readonly sid: string }> {
    const { sid } = await this.find(this.#options.persons.number(number));
    const { erasures: _, ...found } = await this.verifySid(sid);
    return { sid, ...found };
  }

  /** For the rounds that verify everybody: nobody's number is known there. */
  async verifySid(sid: string): Promise<VerifiedList> {
    const { link } = this.#options;
    // An act may come between the two: the list then has more than the state that was read before it.
    for (let tries = 0; ; tries++) {
      const [, , flat] = (await link.read('consent_read', [stateKey(sid)])) as [string, string, string[]];
      const chain = readChain(sid, await this.#stored(sid));
      const { valid, records, head, problem } = chain;
      const state = foldedOf(flat);
      const what = valid ? stateDiffers(chain, state) : undefined;
      if (what !== undefined && chain.folded.seq > state.seq && tries < MOST_TRIES) continue;
      const erasures = erasuresIn(chain.acts, head);
      if (what === undefined) return { valid, records, head, erasures, ...(problem && { problem }) };
      return { valid: false, records, head, erasures, problem: { seq: chain.folded.seq, what } };
    }
  }

  async export(number: string): Promise<ConsentExport> {
    const { persons, link } = this.#options;
    const found = await this.find(persons.number(number));
    const { sid, folded } = found;
    const [all, asked] = await Promise.all([
      this.#historyOf(sid),
      link.command('LRANGE', [askedKey(sid), 0, -1]) as Promise<string[]>,
    ]);
    const erasure = all.findLast(({ act }) => act === 'erase')?.seq ?? 0;
    const history = all.filter(({ seq }) => seq >= erasure);
    const metadata: Record<string, Record<string, string>[]> = {};
    for (const { id } of this.catalogue.purposes) {
      const entries = (await link.command('XRANGE', [metadataKey(sid, id), '-', '+'])) as [string, string[]][];
      if (entries.length > 0) metadata[id] = entries.map(([, flat]) => recordOf(flat));
    }
    return {
      state: viewOf(this.catalogue, found, folded, link.now),
      history,
      notices: this.#noticesOf(history),
      metadata,
      asked: asked.map((text) => JSON.parse(text) as Asked),
      ...(await keptBeside(link, sid)),
      proof: erasure > 1 ? { records: erasure - 1, until: folded.erased ?? '' } : null,
    };
  }

  #noticesOf(history: readonly Act[]): Readonly<Record<string, unknown>> {
    const notices = history.flatMap(({ notice: ref }) => {
      const purpose = ref && purposeOf(this.catalogue, ref.id);
      const notice = purpose?.notices.find(({ version }) => version === ref?.version);
      if (ref === undefined || purpose === undefined || notice === undefined) return [];
      return [[nameOfNotice(ref), shown(purpose, notice, ref.language).notice] as const];
    });
    return Object.fromEntries(notices);
  }

  async isReceipt(given: unknown): Promise<boolean> {
    const { signer, link } = this.#options;
    // What one of our keys has signed has the form of what we sign.
    if (typeof given !== 'object' || given === null || !signer.isSigned(given as Receipt)) return false;
    const { act, head } = given as Receipt;
    if (act === undefined) return false;
    const stored = (await link.command('LINDEX', [logKey(act.sid), act.seq - 1])) as string | null;
    return stored !== null && stored === canonical(act) && digest(stored) === head;
  }

  #stored(sid: string): Promise<string[]> {
    return this.#options.link.command('LRANGE', [logKey(sid), 0, -1]) as Promise<string[]>;
  }
}
