/** Links and sessions: what is given away, and the digests under which Redis knows it. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

const RANDOM_BYTES = 12;
const TAG_BYTES = 12;
/** 32 signs: a link of one line, however mail programs wrap it. */
const TOKEN = /^[\w-]{32}$/;
const SESSION_BYTES = 24;
const SESSION = /^[\w-]{32}$/;

/** Redis and its backups let nobody in. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export const newSession = (): string => randomBytes(SESSION_BYTES).toString('base64url');
export const isSession = (text: string): boolean => SESSION.test(text);

/** What the secret of the configuration signs. */
export class Signer {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** Random, and signed: what is forged is told from what is over without asking Redis, and costs nothing. */
  newLink(): string {
    const random = randomBytes(RANDOM_BYTES);
    return Buffer.concat([random, this.#tag('link', random)]).toString('base64url');
  }

  isLink(token: string): boolean {
    if (!TOKEN.test(token)) return false;
    const bytes = Buffer.from(token, 'base64url');
    return timingSafeEqual(bytes.subarray(RANDOM_BYTES), this.#tag('link', bytes.subarray(0, RANDOM_BYTES)));
  }

  /** One for all forms of a session, so that two tabs both work. */
  formToken(session: string): string {
    return this.#tag('form', session).toString('base64url');
  }

  isFormToken(session: string, given: string): boolean {
    const [expected, actual] = [Buffer.from(this.formToken(session)), Buffer.from(given)];
    return expected.length === actual.length && timingSafeEqual(expected, actual);
  }

  #tag(purpose: string, content: Buffer | string): Buffer {
    return createHmac('sha256', this.#secret).update(`${purpose}\0`).update(content).digest().subarray(0, TAG_BYTES);
  }
}

const SEAL = 'aes-256-gcm';
const NONCE_BYTES = 12;
const SEAL_TAG_BYTES = 16;
const SEALED = /^[\w-]{40,160}$/;

/** What stands in a link of a message: whose consent it withdraws is read by us alone. */
export class Sealer {
  readonly #key: Buffer;

  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'virkne stop', 32));
  }

  seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(SEAL, this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Undefined: it is none of ours. */
  open(token: string): string | undefined {
    if (!SEALED.test(token)) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    const decipher = createDecipheriv(SEAL, this.#key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + SEAL_TAG_BYTES));
    try {
      const sealed = bytes.subarray(NONCE_BYTES + SEAL_TAG_BYTES);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }
}

/** Where the customer begins. */
export const linkUrl = (baseUrl: string, token: string): string => `${baseUrl}/my/link/${token}`;
