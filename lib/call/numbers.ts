import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { CodedError } from '../base/errors.js';
import { Recent } from '../base/recent.js';
import { mainValue, paramsOf } from '../sip/headers.js';
import { parseSipUri, schemeOf } from '../sip/uri.js';

const CACHE_LIMIT = 4096;
/** An E.164 number has at most 15 digits; prefixes and separators add some. */
const LONGEST = 40;
const SHORTEST_DIGITS = 7;
/** A longer one is worked out each time, so that nobody can fill the memory. */
const LONGEST_URI = 256;

/** Turns whatever a URI carries into E.164, the key of groups and members. */
export class Numbers {
  readonly #country: CountryCode;
  /** Parsing a number costs tens of microseconds, and a service sees the same ones all day. Null where there is no number. */
  readonly #byUserPart = new Recent<string | null>(CACHE_LIMIT);
  readonly #byUri = new Recent<string | null>(CACHE_LIMIT);

  /** @param country ISO 3166 code for numbers in national form; throws CONFIG_INVALID for one that does not exist */
  constructor(country: string) {
    if (!isSupportedCountry(country))
      throw new CodedError('CONFIG_INVALID', `no numbering plan for country ${country}`);
    this.#country = country;
  }

  /** The number in a SIP, SIPS or tel URI (RFC 3966; RFC 3261 §19.1.6); undefined when there is none. To be handed on as it is. */
  readonly fromUri = (uri: string): string | undefined => {
    const number = uri.length > LONGEST_URI ? this.#inUri(uri) : this.#byUri.get(uri, this.#inUri);
    return number ?? undefined;
  };

  readonly #inUri = (uri: string): string | null => {
    const text = schemeOf(uri) === 'tel' ? uri.slice(uri.indexOf(':') + 1) : parseSipUri(uri)?.user;
    return text === undefined ? null : (this.fromUserPart(text) ?? null);
  };

  /** `+371…`, `00371…`, the national form, with separators, escapes and `;phone-context=`, `;rn=`, `;npdi` and the like. */
  fromUserPart(userPart: string): string | undefined {
    if (userPart.length > 4 * LONGEST) return undefined;
    return this.#byUserPart.get(userPart, (written) => this.#parse(written) ?? null) ?? undefined;
  }

  #parse(userPart: string): string | undefined {
    const written = decode(mainValue(userPart));
    if (written === undefined) return undefined;
    const digits = written.replace(/[-.()\s]/g, '');
    if (!/^\+?\d+$/.test(digits) || digits.length > LONGEST) return undefined;
    const full = inContext(digits, decode(paramsOf(userPart).get('phone-context') ?? ''));
    if (full.replace('+', '').length < SHORTEST_DIGITS) return undefined;
    const international = full.startsWith('00') ? `+${full.slice(2)}` : full;
    const number = parsePhoneNumberFromString(international, this.#country);
    return number?.isPossible() ? number.number : undefined;
  }
}

/** RFC 3966 §5.1.5: a local number is completed by a context that is a prefix; a domain as context adds nothing. */
function inContext(digits: string, context: string | undefined): string {
  if (digits.startsWith('+')) return digits;
  return context?.startsWith('+') ? context.replace(/[-.()]/g, '') + digits.replace(/^0+/, '') : digits;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
