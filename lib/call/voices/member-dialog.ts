/** The dialog of a member who has answered and is not joined yet: keys, hold and refresh, and its end. */
import { answerAlone } from '../../sip-server/in-dialog.js';
import type {
  CallSip,
  Content,
  DialogUser,
  HeadersToSend,
  IncomingRequest,
  Message,
} from '../../sip-server/sip-server.js';
import { hasOffer } from '../descriptions.js';
import { ABILITIES } from '../session-request.js';
import type { Endpoint } from './media-port.js';

export interface MemberDialogUser {
  readonly endpoint: Endpoint | undefined;
  onKey(key: string): void;
  /** He has hung up, or the SIP server has ended it. */
  onLeft(): void;
  /** What he is told of the media server, in the session that he was invited to. */
  telling(sdp: string): Content;
  /** What he says of himself now. */
  onDescribed(said: Message): void;
}

/** Both bodies in use; neither was ever specified. */
function keyIn({ headers, body }: Message): string | undefined {
  const type = (headers['content-type'] ?? '').toLowerCase();
  if (type.startsWith('application/dtmf-relay')) return /^\s*Signal\s*=\s*([\d*#A-D])/im.exec(body)?.[1];
  return type.startsWith('application/dtmf') ? /^\s*([\d*#A-D])/i.exec(body)?.[1] : undefined;
}

export class MemberDialog implements DialogUser {
  readonly id: string;
  readonly #sip: CallSip;
  readonly #user: MemberDialogUser;
  /** Our offer in a 200 to an INVITE without one is answered by the ACK. */
  #owesAnswer = false;

  constructor(id: string, sip: CallSip, user: MemberDialogUser) {
    this.id = id;
    this.#sip = sip;
    this.#user = user;
    sip.attach(id, this);
  }

  /** Sends BYE. */
  leave(headers: HeadersToSend, done: () => void): void {
    this.#sip.request(this.id, 'BYE', { headers }, () => {
      this.#sip.detach(this.id);
      done();
    });
  }

  detach(): void {
    this.#sip.detach(this.id);
  }

  onRequest(request: IncomingRequest): void {
    const { method } = request;
    if (method === 'BYE') {
      request.respond(200);
      this.#sip.detach(this.id);
      this.#user.onLeft();
    } else if (method === 'INFO') {
      const key = keyIn(request);
      answerAlone(request);
      if (key !== undefined) this.#user.onKey(key);
    } else if ((method === 'INVITE' || method === 'UPDATE') && hasOffer(request)) this.#receiveOffer(request);
    else if (method === 'UPDATE' && request.body === '') request.respond(200, { headers: ABILITIES });
    else if (method === 'INVITE' && request.body === '') this.#receiveBare(request);
    else answerAlone(request);
  }

  onAcknowledge(ack: Message): void {
    const owed = this.#owesAnswer && hasOffer(ack);
    this.#owesAnswer = false;
    if (!owed) return;
    this.#user.endpoint?.modify(ack.body, () => {});
    this.#user.onDescribed(ack);
  }

  onReleased(): void {
    this.#sip.detach(this.id);
    this.#user.onLeft();
  }

  /** Hold, resume, another address: between him and the media server. */
  #receiveOffer(request: IncomingRequest): void {
    const { endpoint } = this.#user;
    if (endpoint === undefined) {
      request.respond(491);
      return;
    }
    endpoint.modify(request.body, (failure) => {
      if (failure !== undefined) {
        request.respond(
          failure === 'refused' ? 488 : 500,
          failure === 'refused' ? {} : { headers: { 'retry-after': '1' } },
        );
        return;
      }
      const { headers, body = '' } = this.#user.telling(endpoint.sdp);
      request.respond(200, { headers: { ...headers, ...ABILITIES }, body });
      this.#user.onDescribed(request);
    });
  }

  #receiveBare(request: IncomingRequest): void {
    const { endpoint } = this.#user;
    if (endpoint === undefined) {
      request.respond(491);
      return;
    }
    this.#owesAnswer = true;
    const { headers, body = '' } = this.#user.telling(endpoint.sdp);
    request.respond(200, { headers: { ...headers, ...ABILITIES }, body });
  }
}
