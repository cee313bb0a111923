/** The receipt of an act, signed with Ed25519 (RFC 8032) over its canonical text. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { CodedError, messageOf } from '../base/errors.js';
import type { Act } from './act.js';
import { canonical, canonicalObject } from './canonical.js';

/** Who decides why and how data are processed: named wherever consent is asked for. */
export interface Controller {
  readonly name: string;
  readonly registrationNumber: string;
  readonly address: string;
  readonly email: string;
  readonly phone: string;
}

export interface Receipt {
  readonly receipt: 1;
  readonly act: Act;
  /** SHA-256 of the act's canonical text: the head of the person's list behind it. */
  readonly head: string;
  readonly controller: Controller;
  /** It was on the disk before this receipt was given; false: up to a second later. Receipts of before do not say. */
  readonly durable?: boolean;
  /** Which key has signed. */
  readonly key: string;
  /** base64url, over the canonical text of all else. */
  readonly signature: string;
}

export interface PublicKey {
  readonly id: string;
  /** SubjectPublicKeyInfo in PEM. */
  readonly pem: string;
}

const idOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
    .slice(0, 22);

const published = (key: KeyObject): PublicKey => ({
  id: idOf(key),
  pem: key.export({ type: 'spki', format: 'pem' }).toString(),
});

export class Signer {
  readonly #key: KeyObject;
  readonly #id: string;
  readonly #controller: Controller;
  /** What each receipt says alike, in its canonical text. */
  readonly #said: Readonly<Record<'receipt' | 'controller' | 'key', string>>;
  readonly #public: ReadonlyMap<string, KeyObject>;

  /**
   * @param key the private key, PKCS #8 in PEM
   * @param former public keys in PEM that have signed before: their receipts stay valid
   */
  constructor(key: string, former: readonly string[], controller: Controller) {
    this.#key = ed25519(() => createPrivateKey(key));
    const own = createPublicKey(this.#key);
    this.#id = idOf(own);
    this.#controller = controller;
    this.#said = { receipt: canonical(1), controller: canonical(controller), key: canonical(this.#id) };
    const keys = [own, ...former.map((pem) => ed25519(() => createPublicKey(pem)))];
    this.#public = new Map(keys.map((one) => [idOf(one), one]));
  }

  /** @param text the act's canonical text: it is not made again */
  sign(act: Act, text: string, head: string, durable: boolean): Receipt {
    const controller = this.#controller;
    const body = { receipt: 1 as const, act, head, controller, durable, key: this.#id };
    const said = { ...this.#said, act: text, head: canonical(head), durable: canonical(durable) };
    return { ...body, signature: this.#signed(canonicalObject(said)) };
  }

  /** Whether one of the published keys has signed it as it stands. Never throws. */
  isSigned(receipt: Receipt): boolean {
    const { signature, ...body } = receipt;
    return this.#isSigned(body, signature, receipt.key);
  }

  /** For what else leaves the register: heads of lists that are kept elsewhere. */
  seal<Body extends object>(body: Body): Body & { readonly key: string; readonly signature: string } {
    const whole = { ...body, key: this.#id };
    return { ...whole, signature: this.#signed(canonical(whole)) };
  }

  isSealed(sealed: { readonly key: string; readonly signature: string }): boolean {
    const { signature, ...body } = sealed;
    return this.#isSigned(body, signature, sealed.key);
  }

  /** The key that signs now, and those before it. */
  get keys(): readonly PublicKey[] {
    return [...this.#public.values()].map(published);
  }

  #signed(text: string): string {
    return sign(null, Buffer.from(text, 'utf8'), this.#key).toString('base64url');
  }

  #isSigned(body: unknown, signature: unknown, id: unknown): boolean {
    const key = typeof id === 'string' ? this.#public.get(id) : undefined;
    if (key === undefined || typeof signature !== 'string') return false;
    try {
      return verify(null, Buffer.from(canonical(body), 'utf8'), key, Buffer.from(signature, 'base64url'));
    } catch {
      return false;
    }
  }
}

function ed25519(read: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (thrown) {
    throw new CodedError('CONFIG_INVALID', `is no key in PEM: ${messageOf(thrown)}`);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new CodedError('CONFIG_INVALID', 'is no key for Ed25519');
  return key;
}
