import { absentOr, atLeastOne, DAY_SECONDS, flag, oneOf, section, whole, words } from './shapes.js';
import { HOST, TRUNK_URI } from './values.js';

/** What each trunk has unless it says otherwise. */
export const TRUNK_DEFAULTS = section({
  /** The lowest number is tried first. */
  priority: whole(0, 65_535),
  /** The share of calls among trunks of one priority. */
  weight: whole(0, 65_535),
  /** Register there, as carriers do that know no fixed addresses (RFC 3261 §10). */
  register: flag,
  /** How long a registration is asked for. */
  registerSeconds: whole(60, DAY_SECONDS),
  /**
   * Whether it belongs to our trust domain (RFC 3325), as far as members are called over it: others get no P- headers of the
   * network, and do not learn who an anonymous caller is.
   */
  trusted: flag,
  /** Whether INVITEs to it have the correlation header, see ringing.correlationHeader. */
  correlate: flag,
  /**
   * Whether callers of it hear our sounds before the answer: `183` with a description, or `180`: some networks drop their own ringback at
   * a 183 and play nothing, and callers there hear no waiting sound and no farewell.
   */
  earlyMedia: oneOf(['180', '183']),
  /**
   * Whether a 183 with our description asks its network to let our sounds pass (P-Early-Media, RFC 5009), as IMS does; for a trunk within
   * our trust domain.
   */
  pEarlyMedia: flag,
});

/** Where an INVITE may name the called number. */
export const CALLED_FROM = oneOf(['request-uri', 'p-called-party-id', 'to', 'diversion']);

/** One of `trunks` of the configuration. */
export const TRUNK = section({
  uri: TRUNK_URI,
  username: words.optional(),
  password: words.optional(),
  ...absentOr(TRUNK_DEFAULTS.shape),
  /**
   * Where it names the called number, in order, also in calls from its address that do not come to our contact. Absent: as
   * ringing.calledFrom says.
   */
  calledFrom: atLeastOne(CALLED_FROM).optional(),
  /** The host of From, and of the address that is registered. Absent: From as it came, the registrar's host. */
  fromDomain: HOST.optional(),
  /**
   * Whom P-Preferred-Identity names, for a carrier that asserts identities by itself and gets no P-Asserted-Identity of ours (RFC
   * 3325 §9.2): who calls, the number of the group, or the account. Absent: P-Asserted-Identity passes.
   */
  preferredIdentity: oneOf(['caller', 'pilot', 'account']).optional(),
  /**
   * How it wants numbers written, in the Request-URI, To, From, identities, and of the group in Diversion and History-Info: `e164`
   * +37120000001, `digits` 37120000001, `national` 20000001, as dialled in ringing.defaultCountry. Absent: members and groups in
   * E.164, other numbers as they came.
   */
  numberFormat: oneOf(['e164', 'digits', 'national']).optional(),
  /**
   * Between OPTIONS that hold a NAT or a connection open, whatever answers them; 0: none. Absent: where we register, 29 over UDP,
   * 120 over TCP and TLS (RFC 5626 §4.4.1); else none.
   */
  keepAliveSeconds: whole(0, 3_600).optional(),
});
