/** Who somebody is for the register: a number in one form, and the keyed hash that stands for it everywhere. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { refuse } from './refusal.js';

const BYTES = 16;

export class Persons {
  readonly #secret: KeyObject;
  readonly #country: CountryCode;

  /** @param country whose numbers may be written in national form */
  constructor(secret: string, country: CountryCode) {
    this.#secret = createSecretKey(secret, 'utf8');
    this.#country = country;
  }

  /** E.164; throws ConsentRefusal. */
  number(text: string): string {
    const isText = typeof text === 'string' && text.length <= 40;
    const parsed = isText
      ? parsePhoneNumberFromString(text, { defaultCountry: this.#country, extract: false })
      : undefined;
    if (parsed === undefined || !parsed.isPossible() || parsed.ext !== undefined)
      return refuse('NUMBER_INVALID', 'write it in E.164, as +37167000000');
    return parsed.number;
  }

  /**
   * The keyed hash of a number in E.164 and of how many holders it had before.
   * 128 bits: nobody finds a number by it without the secret, and no two have the same.
   */
  sid(number: string, epoch: number): string {
    return createHmac('sha256', this.#secret)
      .update(`${number}\n${epoch}`)
      .digest()
      .subarray(0, BYTES)
      .toString('base64url');
  }

  /** By which a register knows its secret again. */
  get fingerprint(): string {
    return createHmac('sha256', this.#secret).update('the secret of this register').digest('base64url');
  }
}
