/** Which headers are lists (RFC 3261 §7.3.1), as far as their values are counted. */
import { CANONICAL } from './names.js';

/** Via has a limit of its own, challenges have commas within, and of what is not here nobody takes a list apart. */
const LISTS = new Set(
  `accept accept-contact accept-encoding accept-language alert-info allow allow-events call-info contact diversion error-info
feature-caps geolocation history-info identity in-reply-to p-access-network-info p-asserted-identity p-preferred-identity
path privacy proxy-require reason record-route reject-contact require request-disposition route service-route supported
unsupported user-to-user warning`.split(/\s/),
);

/** By the number of the name. */
export const IS_LIST = Uint8Array.from(CANONICAL, (name) => Number(LISTS.has(name)));
