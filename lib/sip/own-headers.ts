import { LINK_HEADERS } from './link-headers.js';

/**
 * Headers that belong to one leg of a B2BUA and are never copied to the other: they name its hop, transaction, dialog, session,
 * credentials or capabilities. By canonical name, each with what it belongs to.
 */
const BELONGS_TO = {
  'the hop or transaction':
    'via route record-route path service-route max-forwards max-breadth timestamp cseq call-id content-length proxy-require flow-timer',
  'the dialog': 'from to contact replaces join target-dialog refer-to referred-by refer-sub',
  'the session timer': 'session-expires min-se',
  'reliable provisional responses': 'rseq rack',
  'what each side supports': 'require supported allow allow-events',
  'the time of the hunt, the life of a registration or subscription': 'expires min-expires',
  'the credentials of the leg':
    'authorization proxy-authorization www-authenticate proxy-authenticate authentication-info security-client security-server security-verify',
  'the diversion that this service writes': 'diversion history-info reject-contact request-disposition',
  'the signature, which is passed with the identity that it signs': 'identity identity-info',
  'a trusted proxy, which removes it (RFC 3325 §6)': 'p-preferred-identity p-preferred-service',
  'the SIP server': LINK_HEADERS.join(' '),
} as const;

const OWNERS = new Map(
  Object.entries(BELONGS_TO).flatMap(([owner, names]) => names.split(' ').map((name) => [name, owner] as const)),
);

/** What a header belongs to that is never copied to another leg; undefined: it may be. */
export const ownerOfHeader = (name: string): string | undefined => OWNERS.get(name);
