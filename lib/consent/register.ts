/** What the register is to those who use it. */
import type { Act, ActRequest } from './act.js';
import type { ConsentCatalogue } from './catalogue.js';
import type { Verification } from './chain.js';
import type { Decision, Reason, Unsaid } from './fold.js';
import type { Controller, PublicKey, Receipt } from './receipt.js';

export interface PairState {
  readonly pair: string;
  readonly purpose: string;
  readonly channel: string;
  /** Processing is allowed. */
  readonly valid: boolean;
  /** Why it is not, as CAMARA Consent Info words it. */
  readonly reason: Reason | Unsaid | null;
  readonly decision: Decision | null;
  readonly at: string | null;
  readonly since: string | null;
  readonly until: string | null;
  /** `offers@1:lv` */
  readonly notice: string | null;
  readonly seq: number | null;
}

export interface ConsentState {
  /** The keyed hash by which the register knows the person. */
  readonly sid: string;
  /** How many holders the number had before. */
  readonly epoch: number;
  readonly asOf: string;
  /** How many acts there are. */
  readonly seq: number;
  readonly head: string;
  readonly restricted: string | null;
  readonly erased: string | null;
  /** Every pair of the catalogue, and what else the person ever decided on. */
  readonly pairs: readonly PairState[];
}

export interface HistoryEntry extends Act {
  /** What the customer said, at a correction or an objection. */
  readonly text?: string;
}

/** Who asked the gate, and what he was told. */
export interface Asked {
  readonly at: string;
  readonly purpose: string;
  readonly channel: string;
  readonly use: string;
  readonly verdict: string;
  readonly call?: string;
}

export interface ConsentExport {
  readonly state: ConsentState;
  readonly history: readonly HistoryEntry[];
  /** The texts that the acts name, by `offers@1:lv`. */
  readonly notices: Readonly<Record<string, unknown>>;
  /** What is kept for each purpose alone. */
  readonly metadata: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;
  readonly asked: readonly Asked[];
  /** Decisions about the person, and what a human made of them: as they are kept. */
  readonly reviews: readonly Readonly<Record<string, string>>[];
  /** What he is not interested in, by kind of offers. */
  readonly interests: Readonly<Record<string, string>>;
  /** What was before an erasure: only that it was. */
  readonly proof: { readonly records: number; readonly until: string } | null;
}

export interface ConsentRegister {
  /** Rejects with ConsentRefusal where the act is not taken, STORE_UNAVAILABLE where the register is away. */
  act(request: ActRequest): Promise<Receipt>;
  /** Now, or as it was at a moment. */
  state(number: string, at?: Date): Promise<ConsentState>;
  /** The first act first. */
  history(number: string): Promise<readonly HistoryEntry[]>;
  verify(number: string): Promise<Verification & { readonly sid: string }>;
  /** What the register holds; call records are in lib/privacy. */
  export(number: string): Promise<ConsentExport>;
  /** Whether a published key has signed it, and the act stands in the list as it says. */
  isReceipt(receipt: unknown): Promise<boolean>;
  readonly keys: readonly PublicKey[];
  readonly catalogue: ConsentCatalogue;
  readonly controller: Controller;
}
