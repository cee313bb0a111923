import { z } from 'zod';
import { list, section, whole, words } from './shapes.js';
import { OWN_HEADER, REDIS_URL } from './values.js';

/** With which numbers are made unreadable: it is not guessed, and it never changes. */
const SHORTEST_CONSENT_SECRET = 32;
const CONSENT_SECRET_RULE = `must be a text of at least ${SHORTEST_CONSENT_SECRET} characters`;

/** The consent register. It is off without `secret`: then nothing that needs a consent is done. */
export const CONSENT = section({
  /** Stands for numbers in the register as a keyed hash. Another one would know nobody. */
  secret: z
    .string({ error: CONSENT_SECRET_RULE })
    .min(SHORTEST_CONSENT_SECRET, { error: CONSENT_SECRET_RULE })
    .optional(),
  /** Signs receipts: a private key for Ed25519, PKCS #8 in PEM (openssl genpkey -algorithm ed25519). */
  signingKey: words.optional(),
  /** Public keys in PEM that have signed before: what they signed stays valid. */
  formerKeys: list(words),
  /** Who decides why and how data are processed: named in receipts, notices and pages. */
  controller: section({
    name: words,
    registrationNumber: words,
    address: words,
    email: words,
    phone: words,
  }).optional(),
  /** A JSON file of purposes and notices; absent: config/consents.json (lib/config/consents.ts). */
  catalogue: words.optional(),
  /** Absent: the Redis of the calls, over a connection of its own. No Cluster: one act is one step. */
  redis: section({ url: REDIS_URL.optional(), password: words.optional() }),
  /** Of an act. */
  commandTimeoutMs: whole(10, 60_000),
  /** How long it may take to know whether something is allowed; beyond it, it is not. */
  gateMs: whole(1, 1_000),
  /** For how many days it is kept who asked whether something is allowed. */
  askedDays: whole(1, 3_650),
  /** A file into which each change is written, a JSON document a line, for those who must be told. Absent: nobody is. */
  outboxFile: words.optional(),
  /** A file elsewhere that gets the signed head of each list, and each erasure: what is shortened, or undone by a backup, is found by it. */
  headsFile: words.optional(),
  /** Between two rounds in which everybody's list is verified; 0: none. */
  verifyHours: whole(0, 8_760),
  /**
   * A header of the caller's INVITE, or of the 200 of who answers, that refuses all but running, billing and explaining this one call.
   * Empty: none.
   */
  refusalHeader: OWN_HEADER,
});
