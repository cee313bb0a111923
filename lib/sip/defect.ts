/** What is wrong with a message. `status` is what a request is answered with; a response with a defect is dropped. */
export interface Defect {
  readonly status: number;
  /** Fit for a reason phrase: never quotes the peer. */
  readonly reason: string;
}

export const badRequest = (reason: string): Defect => ({ status: 400, reason });

/** Bounds on what a peer may send; beyond them lies no honest message. */
export interface Limits {
  /** Bytes of a whole message. */
  readonly message: number;
  /** Bytes of one line, its folded continuations included. */
  readonly line: number;
  /** Header field lines. */
  readonly fields: number;
  /** Via values. */
  readonly vias: number;
  /** Values of any other header that is a list. */
  readonly values: number;
}

export const DEFAULT_LIMITS: Limits = { message: 65_535, line: 8_192, fields: 256, vias: 70, values: 50 };
