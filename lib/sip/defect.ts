/** What is wrong with a message. `status` is what a request is answered with; a response with a defect is dropped. */
export interface Defect {
  readonly status: number;
  /** Fit for a reason phrase: never quotes the peer. */
  readonly reason: string;
}

export const badRequest = (reason: string): Defect => ({ status: 400, reason });

/** Bounds on what a peer may send; beyond them lies no honest message. How long all of it may be is the transport's to say. */
export const LIMITS = {
  /** Bytes of one line, its folded continuations included. */
  line: 8_192,
  /** Header field lines. */
  fields: 256,
  /** Via values. */
  vias: 70,
  /** Values of any other header that is a list. */
  values: 50,
} as const;
