import type { Log } from '../../base/log.js';
import type { Flow, Receiver } from '../api.js';

/** Hands a message up. A fault that one message brings to light must not take the socket, and all other calls, with it. */
export function deliver(receiver: Receiver, text: string, flow: Flow, log: Log): void {
  try {
    receiver.received(text, flow);
  } catch (error) {
    log.error({ err: error, protocol: flow.protocol, source: flow.address }, 'Handling a SIP message failed');
  }
}
