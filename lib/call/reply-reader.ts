import type { Headers, Reply } from '../sip-server/sip-server.js';
import type { Hint } from '../store/types.js';
import { type Meaning, meaningOf } from './attempt-table.js';
import type { CallContext } from './call-context.js';
import { type Evidence, evidenceOf } from './forwarding.js';
import type { NumberOf } from './history.js';
import type { Leg } from './leg.js';

export interface ReplyUser {
  /** Whether that answer can be given to the caller. */
  isDeliverable(leg: Leg, answer: Reply): boolean;
}

/** What the responses of one member mean. */
export class ReplyReader {
  /** What looked like forwarding and proves nothing. */
  hint: Hint | undefined;
  readonly #context: CallContext;
  readonly #member: string;
  readonly #user: ReplyUser;

  constructor(context: CallContext, member: string, user: ReplyUser) {
    this.#context = context;
    this.#member = member;
    this.#user = user;
  }

  meaningOf(leg: Leg, reply: Reply): Meaning {
    const { status } = reply;
    const evidence = status > 100 && status < 300 ? this.#evidenceOf(leg, reply.headers) : undefined;
    const meaning = meaningOf(reply, evidence, this.#context.settings.trunkFailures);
    if (meaning !== 'answer') return meaning;
    const { takesEvery2xx, longestContent } = this.#context.sip.capabilities;
    if (status !== 200 && !takesEvery2xx) return 'strayAnswer';
    return longestContent === Number.POSITIVE_INFINITY || this.#user.isDeliverable(leg, reply) ? meaning : 'longAnswer';
  }

  #evidenceOf({ sent: { diversion, history } }: Leg, headers: Headers): Evidence {
    const evidence = evidenceOf(headers, { member: this.#member, diversion, history, numberOf: this.#numberOf });
    if (evidence !== undefined && evidence !== 'forwards' && this.hint === undefined) {
      this.hint = evidence;
      this.#context.meter.count('forwarding_hints_total', { header: evidence });
    }
    return evidence;
  }

  readonly #numberOf: NumberOf = (uri) => this.#context.numbers.fromUri(uri);
}
