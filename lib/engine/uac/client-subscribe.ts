import type { SipMessage } from '../../sip/message.js';
import type { Flow } from '../api.js';
import { dialogAsClient } from '../dialog/dialog.js';
import { subscribed } from '../dialog/subscription.js';
import { ClientRequest } from './client-request.js';

/** A SUBSCRIBE outside a dialog: its 2xx makes one (RFC 6665 §4.1.2). */
export class ClientSubscribe extends ClientRequest {
  override response(message: SipMessage, flow: Flow): void {
    const { context } = this;
    if (message.status >= 200 && message.status < 300 && message.toTag !== '' && this.owner !== undefined) {
      const dialog = dialogAsClient(this.message, message, flow, context.natDetection);
      dialog.owner = this.owner;
      subscribed(context, dialog, this.message, message);
    }
    super.response(message, flow);
  }
}
