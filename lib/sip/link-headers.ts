/**
 * Headers by which an application and the SIP server that it is attached to understand each other beyond drachtio's protocol. They
 * are for that server alone: it never sends one on, takes FINAL_STATUS out of what peers send, and no leg passes one to another.
 */

/** Of a CANCEL: the 2xx that crosses it is the application's to accept or to end. */
export const LATE_ANSWER = 'x-late-answer';
/** Of an INVITE: the application wants its 100, too. */
export const TRYING = 'x-trying';
/** `localhost` in From, To and P-Asserted-Identity is what a peer wrote, and no placeholder. */
export const LOCALHOST = 'x-localhost';
/** Route values of a request outside a dialog, where the protocol knows only a next hop. */
export const ROUTE = 'x-route';
/** In a CANCEL that the server made up, because it waited in vain for us or for a PRACK: what it answered the INVITE with. */
export const FINAL_STATUS = 'x-final-status';

/** In a final response that the server made up: what it stands for. What peers send is never read so. */
export const LOCAL_FAILURE = 'x-local-failure';

/** The value of the first three. */
export const DELIVER = 'deliver';

export const LINK_HEADERS = [LATE_ANSWER, TRYING, LOCALHOST, ROUTE, FINAL_STATUS, LOCAL_FAILURE] as const;
