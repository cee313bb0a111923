/** How one trunk wants numbers and identities written, where that is not as usual. Pure. */
import { type CountryCode, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Credentials } from '../../sip-server/sip-server.js';
import { addressOf } from './account.js';

/** `e164`: +37120000001; `digits`: 37120000001; `national`: 20000001, and abroad as one dials there, 0049… */
export type NumberFormat = 'e164' | 'digits' | 'national';

/** Whom P-Preferred-Identity names: who calls, the number of the group, or the account itself. */
export type PreferredIdentity = 'caller' | 'pilot' | 'account';

export interface DialectSettings {
  readonly uri: string;
  /** The host of From, and of the account's address of record. */
  readonly fromDomain?: string | undefined;
  /** Absent: P-Asserted-Identity is sent as within the trust domain. */
  readonly preferredIdentity?: PreferredIdentity | undefined;
  /** Absent: members in E.164, others' numbers as they came. */
  readonly numberFormat?: NumberFormat | undefined;
}

export interface Dialect {
  readonly fromDomain: string | undefined;
  readonly preferredIdentity: PreferredIdentity | undefined;
  /** The address of record; empty without an account. */
  readonly account: string;
  /** Whether numbers of others are written anew, too. */
  readonly writesNumbers: boolean;
  /** The user part for a number in E.164. */
  userFor(number: string): string;
  /** What stands behind the URI of a number: a local one must not be called a telephone number (RFC 3966 §5.1.4). */
  readonly phone: '' | ';user=phone';
}

/** @param country ISO 3166 code of the numbers in national form */
export function dialectOf(
  { uri, fromDomain, preferredIdentity, numberFormat }: DialectSettings,
  credentials: Credentials | undefined,
  country: string,
): Dialect | undefined {
  if ((fromDomain ?? preferredIdentity ?? numberFormat) === undefined) return undefined;
  const format = numberFormat ?? 'e164';
  return {
    fromDomain,
    preferredIdentity,
    account: credentials === undefined ? '' : addressOf(uri, credentials.username, fromDomain),
    writesNumbers: numberFormat !== undefined,
    userFor: (number) => written(number, format, country as CountryCode),
    phone: format === 'e164' ? ';user=phone' : '',
  };
}

/** @param number E.164 */
function written(number: string, format: NumberFormat, country: CountryCode): string {
  if (format === 'e164') return number;
  const digits = number.replace('+', '');
  if (format === 'digits') return digits;
  const parsed = parsePhoneNumberFromString(number);
  const isHome = parsed?.countryCallingCode === getCountryCallingCode(country);
  const dialled = isHome ? parsed?.formatNational() : parsed?.format('IDD', { fromCountry: country });
  return dialled?.replace(/\D/g, '') || `00${digits}`;
}
