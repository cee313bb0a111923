import { CodedError } from '../../../lib/base/errors.js';
import type {
  Dispatcher,
  Draft,
  Engine,
  Flow,
  LateAnswer,
  Owner,
  RequestDraft,
  ResponseDraft,
  ResponseSent,
  Sent,
} from '../../../lib/engine/api.js';
import { type Field, SipMessage } from '../../../lib/sip/message.js';

export const FLOW: Flow = {
  protocol: 'udp',
  address: '192.0.2.7',
  port: 5070,
  local: { address: '192.0.2.1', port: 5060 },
};

export interface Call {
  readonly name: string;
  readonly owner: Owner;
  readonly id?: string;
  readonly draft?: Draft | RequestDraft | ResponseDraft;
  readonly late?: LateAnswer;
}

/** Records what it is asked, and answers each request with the draft as it stands. */
export class FakeEngine implements Engine {
  readonly calls: Call[] = [];
  readonly released: Owner[] = [];
  readonly advertised = ['udp/203.0.113.1:5060', 'tcp/203.0.113.1:5060'];
  readonly bound = ['udp/192.0.2.1:5060', 'tcp/192.0.2.1:5060'];
  readonly counts = { transactions: 0, dialogs: 0 };
  readonly tables = {};
  dispatcher: Dispatcher = { choose: () => undefined };
  failure: Error | undefined;
  /** Whom the last request of which somebody wants the responses named. */
  receiver: unknown;
  /** Runs inside the next call, before it returns. */
  meanwhile: (() => void) | undefined;

  async start(): Promise<void> {}
  async close(): Promise<void> {}

  respond(owner: Owner, id: string, draft: ResponseDraft, told?: ResponseSent): Sent {
    const dialogId = 'call-1;from-tag=f1';
    const message = response(draft.status, draft.reason, draft.fields);
    const sent = this.#called({ name: 'respond', owner, id, draft }, message, id, dialogId);
    told?.(dialogId);
    return sent;
  }

  request(owner: Owner, draft: RequestDraft): Sent {
    const sent = this.#called({ name: 'request', owner, draft }, request(draft.method, draft.fields, draft.body));
    this.receiver = draft.receiver ?? this.receiver;
    return sent;
  }

  requestInDialog(owner: Owner, id: string, draft: RequestDraft): Sent {
    const message = request(draft.method, draft.fields);
    const sent = this.#called({ name: 'requestInDialog', owner, id, draft }, message, 't-1', id);
    this.receiver = draft.receiver ?? this.receiver;
    return sent;
  }

  acknowledge(owner: Owner, id: string, draft: Draft): Sent {
    return this.#called({ name: 'acknowledge', owner, id, draft }, request('ACK', draft.fields), 't-1', id);
  }

  cancel(owner: Owner, id: string, draft: Draft, late: LateAnswer): Sent {
    return this.#called({ name: 'cancel', owner, id, draft, late }, request('CANCEL', draft.fields));
  }

  authorize(): void {}

  targetOf(): undefined {
    return undefined;
  }

  snapshot(): undefined {
    return undefined;
  }

  restore(): void {}

  release(owner: Owner): void {
    this.released.push(owner);
  }

  #called(call: Call, message: SipMessage, transactionId = 't-1', dialogId = ''): Sent {
    this.calls.push(call);
    if (this.failure !== undefined) throw this.failure;
    this.meanwhile?.();
    return { message, flow: FLOW, transactionId, dialogId };
  }
}

export const unknownDialog = (): CodedError =>
  new CodedError('DIALOG_UNKNOWN', 'Server error: unable to find dialog for dialog id provided');

export function request(method: string, extra: readonly Field[] = [], body = ''): SipMessage {
  const fields: Field[] = [
    ['Via', 'SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bK1'],
    ['From', '<sip:alice@192.0.2.7>;tag=f1'],
    ['To', '<sip:bob@192.0.2.1>'],
    ['Call-ID', 'call-1'],
    ['CSeq', `1 ${method}`],
  ];
  return SipMessage.request(method, 'sip:bob@192.0.2.1', [...fields, ...others(extra)], body);
}

export function response(status: number, reason: string, extra: readonly Field[] = []): SipMessage {
  const fields: Field[] = [
    ['Via', 'SIP/2.0/UDP 192.0.2.7:5070;branch=z9hG4bK1'],
    ['From', '<sip:alice@192.0.2.7>;tag=f1'],
    ['To', '<sip:bob@192.0.2.1>;tag=t1'],
    ['Call-ID', 'call-1'],
    ['CSeq', '1 INVITE'],
  ];
  return SipMessage.response(status, reason, [...fields, ...others(extra)]);
}

/** What an application wrote of its own: the engine writes the identity of the message itself. */
const others = (extra: readonly Field[]): Field[] =>
  extra.filter(([name]) => !['from', 'to', 'call-id', 'cseq'].includes(name.toLowerCase()));
