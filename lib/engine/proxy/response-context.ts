import { CodedError } from '../../base/errors.js';
import { Machine, type Table } from '../../base/machine.js';
import { responseTo } from '../../sip/build.js';
import type { Field, SipMessage } from '../../sip/message.js';
import type { Flow, ProxyOrder, ProxyProgress } from '../api.js';
import { type Context, protectedly } from '../context.js';
import { lookUpUri } from '../uac/lookup.js';
import type { Incoming, Proxying } from '../uas/incoming.js';
import { bestResponse } from './best-response.js';
import { Branch, type BranchUser } from './branch.js';
import { copyFor, withoutTopVia } from './forward.js';
import { redirections, type Target, targetsOf } from './targets.js';

type State = 'searching' | 'ending' | 'answered' | 'rejected';
type Input = '1xx' | '2xx' | '3xx' | 'challenge' | 'failure' | '6xx' | 'cancel' | 'exhausted';
type Action = 'forward' | 'answer' | 'redirect' | 'collect' | 'decide' | 'cancel' | 'reject' | 'forward late';

/** RFC 3261 §16.7 and §16.10: what the responses of all targets of one request mean to its caller. */
export const RESPONSE_CONTEXT: Table<State, Input, Action> = {
  searching: {
    '1xx': ['searching', 'forward'], // §16.7, item 5: at once
    '2xx': ['answered', 'answer'], // item 5: at once, and item 10: the others are cancelled
    '3xx': ['searching', 'redirect'], // item 4
    challenge: ['ending', 'collect'], // another target would ask for the same credentials
    failure: ['searching', 'collect'],
    '6xx': ['ending', 'decide'], // item 5: the others are cancelled, no new ones tried
    cancel: ['ending', 'cancel'], // §16.10
    exhausted: ['rejected', 'reject'], // item 6
  },
  ending: {
    '1xx': ['ending', 'forward'],
    '2xx': ['answered', 'answer'],
    '3xx': ['ending', 'collect'],
    challenge: ['ending', 'collect'],
    failure: ['ending', 'collect'],
    '6xx': ['ending', 'decide'],
    cancel: ['ending', 'cancel'],
    exhausted: ['rejected', 'reject'],
  },
  answered: {
    '2xx': ['answered', 'forward'], // item 5: every 2xx to an INVITE
  },
  rejected: {
    '2xx': ['rejected', 'forward late'], // item 5: also behind a final response
  },
};

/** One response of a branch. */
interface Heard {
  readonly message: SipMessage;
  readonly flow: Flow | undefined;
  readonly branch?: Branch;
}

/** Takes the request over and sends it on. Throws when it answered the request itself instead. */
export function startProxying(context: Context, incoming: Incoming, order: ProxyOrder, progress: ProxyProgress): void {
  const { request } = incoming;
  // §16.3, items 3 and 5.
  if (Number(request.first('max-forwards') ?? 1) === 0) {
    incoming.reject(483, 'Too Many Hops');
    throw refused('Rejected with 483 Too Many Hops due to Max-Forwards value of 0');
  }
  if (request.has('proxy-require')) {
    const unsupported = request.all('proxy-require').map((value): Field => ['Unsupported', value]);
    incoming.respond({ status: 420, reason: 'Bad Extension', fields: unsupported, body: '' });
    throw refused('Rejected with 420 Bad Extension due to Proxy-Require');
  }
  const targets = targetsOf(context, request, order.targets);
  if (targets.length === 0) {
    incoming.reject(500, 'Server Internal Error');
    throw refused(`error proxying request to ${order.targets[0] ?? ''}`);
  }
  new ResponseContext(context, incoming, order, progress, targets).start();
}

const refused = (text: string): CodedError => new CodedError('REQUEST_INVALID', text);

class ResponseContext implements Proxying, BranchUser {
  readonly #context: Context;
  readonly #incoming: Incoming;
  readonly #order: ProxyOrder;
  readonly #progress: ProxyProgress;
  readonly #machine: Machine<State, Input, Action>;
  /** Tried or to be tried, so that redirections cannot go in circles. */
  readonly #known: Set<string>;
  #waiting: Target[];
  /** Without a verdict. */
  readonly #open = new Set<Branch>();
  readonly #failures: SipMessage[] = [];
  #cancel: { readonly reasons: readonly Field[] } | undefined;

  constructor(
    context: Context,
    incoming: Incoming,
    order: ProxyOrder,
    progress: ProxyProgress,
    targets: readonly Target[],
  ) {
    this.#context = context;
    this.#incoming = incoming;
    this.#order = order;
    this.#progress = progress;
    this.#waiting = [...targets];
    this.#known = new Set(targets.map(({ next }) => next));
    this.#machine = new Machine(RESPONSE_CONTEXT, 'searching', (action, event) =>
      this.#perform(action, event as Heard),
    );
  }

  start(): void {
    this.#incoming.handOver(this);
    this.#proceed();
  }

  cancelled(cancel: SipMessage): void {
    this.#cancel = { reasons: cancel.all('reason').map((value): Field => ['Reason', value]) };
    this.#machine.send('cancel');
  }

  provisional(message: SipMessage): void {
    // §16.7, item 5: a 100 is for the next hop only. To a non-INVITE the server transaction lets no 1xx pass (RFC 4320 §4.1).
    if (message.status > 100) this.#machine.send('1xx', { message, flow: undefined });
  }

  answered(branch: Branch, message: SipMessage, flow: Flow): void {
    this.#machine.send('2xx', { message, flow, branch });
  }

  failed(branch: Branch, message: SipMessage, flow: Flow | undefined): void {
    this.#machine.send(this.#inputOf(message.status), { message, flow, branch });
  }

  get #isInvite(): boolean {
    return this.#incoming.request.method === 'INVITE';
  }

  #inputOf(status: number): Input {
    if (status >= 600) return '6xx';
    if (status < 400 && this.#order.followRedirects) return '3xx';
    return status === 401 || status === 407 ? 'challenge' : 'failure';
  }

  #perform(action: Action, heard: Heard): void {
    switch (action) {
      case 'forward':
        this.#relay(heard.message);
        break;
      case 'answer':
        this.#tell(heard);
        this.#relay(heard.message);
        this.#cancelOpen([ANSWERED_ELSEWHERE]);
        this.#done();
        break;
      case 'redirect':
        this.#redirect(heard);
        break;
      case 'collect':
        this.#collect(heard);
        break;
      case 'decide':
        this.#collect(heard);
        this.#cancelOpen([]);
        break;
      case 'cancel':
        this.#cancelOpen(this.#cancel?.reasons ?? []);
        this.#proceed();
        break;
      case 'reject':
        this.#reject();
        this.#done();
        break;
      case 'forward late': {
        // The server transaction is over (RFC 6026 §7.1), so this one goes past it.
        const passed = this.#isInvite ? withoutTopVia(heard.message) : undefined;
        if (passed !== undefined)
          this.#context.network.respond(passed.text, this.#incoming.request, this.#incoming.flow);
        break;
      }
    }
  }

  #collect(heard: Heard): void {
    this.#tell(heard);
    this.#failures.push(heard.message);
    this.#proceed();
  }

  /** §16.7, item 4: the 3xx itself is forgotten, if it leads anywhere. */
  #redirect(heard: Heard): void {
    const further = redirections(this.#context, heard.message, this.#known);
    if (further.length === 0) {
      this.#collect(heard);
      return;
    }
    this.#tell(heard);
    this.#waiting = [...further, ...this.#waiting];
    this.#proceed();
  }

  /** Tries what is to be tried now; without any left, the search is over. */
  #proceed(): void {
    if (this.#machine.state === 'searching') {
      while (this.#waiting.length > 0 && (this.#order.simultaneous || this.#open.size === 0)) {
        this.#try(this.#waiting.shift() as Target);
      }
    }
    if (this.#open.size === 0) this.#machine.send('exhausted');
  }

  #try({ uri, next }: Target): void {
    const context = this.#context;
    const { request, local } = this.#incoming;
    const numeric = context.resolver.resolveNumeric(next);
    const way = (numeric && context.network.find(numeric.protocol, numeric.address)) ?? local;
    const unsent = copyFor(request, this.#order, { uri, from: local, to: way });
    const branch = new Branch(context, this, unsent, way, this.#order);
    this.#open.add(branch);
    branch.start(lookUpUri(context, next));
  }

  #cancelOpen(reasons: readonly Field[]): void {
    for (const branch of this.#open) branch.cancel(reasons);
  }

  #relay(message: SipMessage): void {
    const passed = withoutTopVia(message);
    if (passed !== undefined) this.#incoming.relay(passed.status, passed.text);
  }

  #reject(): void {
    const best = bestResponse(this.#failures, this.#cancel !== undefined);
    if (best !== undefined) {
      this.#relay(best);
      return;
    }
    const [status, reason] = this.#cancel === undefined ? [408, 'Request Timeout'] : [487, 'Request Terminated'];
    const { request } = this.#incoming;
    const made = responseTo(request, status as number, reason as string, { toTag: this.#context.ids.token() });
    this.#incoming.relay(made.status, made.text);
  }

  /** The verdict of a branch. */
  #tell({ message, flow, branch }: Heard): void {
    if (branch !== undefined) this.#open.delete(branch);
    protectedly(this.#context, () => this.#progress.onFinal(message, flow));
  }

  #done(): void {
    protectedly(this.#context, () => this.#progress.onDone());
  }
}

/** RFC 3326 §2: why the phones of the other targets stop ringing. */
const ANSWERED_ELSEWHERE: Field = ['Reason', 'SIP;cause=200;text="Call completed elsewhere"'];
