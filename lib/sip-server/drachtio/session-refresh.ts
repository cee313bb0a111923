/** Session timers (RFC 4028) where the SIP server leaves the answer to a refresh to the application. */
import { mainValue, paramsOf } from '../../sip/headers.js';
import { optionsOf } from '../abilities.js';
import type { Headers, HeadersToSend } from '../sip-server.js';

/**
 * What a 2xx says to a refresh within the dialog: without Session-Expires the peer would take it that there is no timer any more
 * (§7.2), refresh no further, and be hung up on by the server at the end of the interval. Who refreshes now goes on, unless he
 * says otherwise (§9, table 2).
 */
export function refreshAnswer({ 'session-expires': asked, supported, require }: Headers): HeadersToSend {
  if (asked === undefined) return {};
  const refresher = paramsOf(asked).get('refresher')?.toLowerCase() === 'uas' ? 'uas' : 'uac';
  const expires = { 'session-expires': `${mainValue(asked)};refresher=${refresher}` };
  const knowsTimer = optionsOf(supported).includes('timer') || optionsOf(require).includes('timer');
  return knowsTimer ? { ...expires, require: 'timer' } : expires;
}
