/** Appends an act to a person's list, with the state that follows from it: both by one function in Redis. */
import { randomBytes } from 'node:crypto';
import { messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { logKey, metadataKey, noticeKey, OUTBOX_KEY, onceKey, stateKey, wordsKey } from '../store/consent/keys.js';
import type { ConsentLink } from '../store/consent/link.js';
import type { Act } from './act.js';
import { keysBeside } from './beside.js';
import { canonical, digest } from './canonical.js';
import { type ConsentCatalogue, nameOfNotice, partsOf } from './catalogue.js';
import { appendErasure } from './erasures.js';
import { type Folded, fold } from './fold.js';
import type { Controller, Receipt, Signer } from './receipt.js';
import { refuse } from './refusal.js';
import { type Checked, compose, contentOf } from './rules.js';
import { changesOf } from './state-fields.js';

export interface AppenderOptions {
  readonly link: ConsentLink;
  readonly catalogue: ConsentCatalogue;
  readonly signer: Signer;
  readonly controller: Controller;
  readonly log: Log;
  /** The file of signed heads, where erasures are told as well; absent: nowhere. */
  readonly headsFile: string | undefined;
}

/** A person's list as it was read. */
export interface Person {
  readonly sid: string;
  readonly folded: Folded;
}

const SALT_BYTES = 16;
const salt = (): string => randomBytes(SALT_BYTES).toString('base64url');

export class Appender {
  readonly #options: AppenderOptions;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /** Undefined: another act was faster. */
  async append({ sid, folded }: Person, checked: Checked): Promise<Receipt | undefined> {
    const { link, signer, catalogue, controller } = this.#options;
    const said = checked.text === undefined ? undefined : canonical({ salt: salt(), text: checked.text });
    const words = said === undefined ? undefined : digest(said);
    const now = link.now;
    const { act, text, head } = compose(catalogue, checked, folded, {
      ...{ sid, words, now },
      controller: controller.registrationNumber,
    });
    const after = fold(folded, act, head);
    const receipt = signer.sign(act, text, head, link.durable);
    const notice = act.notice === undefined ? logKey(sid) : noticeKey(nameOfNotice(act.notice));
    const keys = [logKey(sid), stateKey(sid), onceKey(sid, checked.request), wordsKey(sid), OUTBOX_KEY, notice];
    const answer = JSON.stringify({ content: contentOf(checked), receipt });
    const forgets = act.act === 'erase' ? 1 : 0;
    const [how = '', earlier = ''] = (await link.fcall(
      'consent_act',
      [...keys, ...this.#metadataOf(sid, act, after), ...(act.act === 'erase' ? await keysBeside(link, sid) : [])],
      [text, head, answer, said ?? '', forgets, now, ...changesOf(folded, after)],
    )) as string[];
    if (how === 'repeated') return repeated(earlier, checked);
    if (how !== 'done') return undefined;
    if (act.act === 'erase') await this.#toldErased(act, head);
    return receipt;
  }

  /** A line that could not be written is written by the next round that verifies everybody. */
  async #toldErased(act: Act, head: string): Promise<void> {
    const { headsFile, signer, log } = this.#options;
    if (headsFile === undefined) return;
    await appendErasure(headsFile, signer, act, head).catch((thrown: unknown) =>
      log.error({ sid: act.sid, reason: messageOf(thrown) }, 'an erasure could not be told outside Redis'),
    );
  }

  /** What is kept for a purpose goes with the last channel over which it is allowed. */
  #metadataOf(sid: string, act: Act, after: Folded): string[] {
    const all = [
      ...this.#options.catalogue.purposes.map(({ id }) => id),
      ...act.pairs.map((pair) => partsOf(pair).purpose),
    ];
    const concerned = act.act === 'erase' ? all : act.pairs.map((pair) => partsOf(pair).purpose);
    const isAllowed = (purpose: string): boolean =>
      Object.entries(after.entries).some(
        ([pair, { decision, until }]) =>
          partsOf(pair).purpose === purpose && decision === 'granted' && (until === null || until > act.at),
      );
    const takes = act.act === 'withdraw' || act.act === 'deny' || act.act === 'object' || act.act === 'erase';
    const gone = takes ? [...new Set(concerned)].filter((purpose) => !isAllowed(purpose)) : [];
    return gone.map((purpose) => metadataKey(sid, purpose));
  }
}

/** The answer to a request that was taken before. */
export function repeated(answer: string, checked: Checked): Receipt {
  const { content, receipt } = JSON.parse(answer) as { content: string; receipt: Receipt };
  if (content !== contentOf(checked)) refuse('REQUEST_REUSED', 'this request id was used for another act');
  return receipt;
}
