import { NotSent } from '../sip-server/not-sent.js';
import type { Headers, Reply } from '../sip-server/sip-server.js';
import type { Hint } from '../store/types.js';
import type { AttemptNotes } from './attempt-notes.js';
import { LOCALLY, type Meaning, meaningOf, NOT_SENT } from './attempt-table.js';
import type { CallContext, CallIds } from './call-context.js';
import { tellNotSent, tellUnusable } from './call-log.js';
import { type Evidence, evidenceOf } from './forwarding.js';
import type { NumberOf } from './history.js';
import type { Leg } from './leg.js';

export interface ReplyUser {
  /** Whether that answer can be given to the caller. */
  isDeliverable(leg: Leg, answer: Reply): boolean;
}

export interface ReplyReaderOptions {
  readonly context: CallContext;
  readonly ids: CallIds;
  readonly member: string;
  readonly user: ReplyUser;
}

/** What the responses of one member mean. */
export class ReplyReader {
  /** What looked like forwarding and proves nothing. */
  hint: Hint | undefined;
  readonly #options: ReplyReaderOptions;

  constructor(options: ReplyReaderOptions) {
    this.#options = options;
  }

  get #context(): CallContext {
    return this.#options.context;
  }

  /** Also writes down what ends the leg. @param isCurrent the leg is the one that counts */
  read(leg: Leg, report: Reply | NotSent, notes: AttemptNotes, isCurrent: boolean): Meaning {
    if (report instanceof NotSent) {
      const { code } = report;
      tellNotSent(this.#context.log, this.#options.ids, notes, report);
      if (isCurrent) notes.failed(LOCALLY[code]);
      return NOT_SENT[code];
    }
    const meaning = this.meaningOf(leg, report);
    if (isCurrent && (report.status >= 200 || meaning === 'forwarding')) notes.heard(report);
    if (isCurrent && meaning === 'unusableAnswer') {
      tellUnusable(this.#context.log, this.#options.ids, this.#options.member, notes);
      this.#context.meter.count('answers_without_contact_total');
    }
    return meaning;
  }

  meaningOf(leg: Leg, reply: Reply): Meaning {
    const { status } = reply;
    const evidence = status > 100 && status < 300 ? this.#evidenceOf(leg, reply.headers) : undefined;
    const meaning = meaningOf(reply, evidence, this.#context.settings.trunkFailures);
    if (meaning !== 'answer') return meaning;
    const { takesEvery2xx, longestContent } = this.#context.sip.capabilities;
    if (status !== 200 && !takesEvery2xx) return 'strayAnswer';
    return longestContent === Number.POSITIVE_INFINITY || this.#options.user.isDeliverable(leg, reply)
      ? meaning
      : 'longAnswer';
  }

  #evidenceOf({ sent: { diversion, history } }: Leg, headers: Headers): Evidence {
    const evidence = evidenceOf(headers, {
      member: this.#options.member,
      diversion,
      history,
      numberOf: this.#numberOf,
    });
    if (evidence !== undefined && evidence !== 'forwards' && this.hint === undefined) {
      this.hint = evidence;
      this.#context.meter.count('forwarding_hints_total', { header: evidence });
    }
    return evidence;
  }

  readonly #numberOf: NumberOf = (uri) => this.#context.numbers.fromUri(uri);
}
