/** What the values of the consent register must be together. */
import { CodedError } from '../base/errors.js';
import { Signer } from '../consent/receipt.js';
import type { Read, Refuse } from './check.js';
import { CONFIG } from './schema.js';

const { consent, redis } = CONFIG.shape;
const NOBODY = { name: '', registrationNumber: '', address: '', email: '', phone: '' };

export function checkConsent(read: Read, refuse: Refuse): void {
  const { shape } = consent;
  const [secret] = read(shape.secret, ['consent', 'secret']);
  const [controller] = read(shape.controller, ['consent', 'controller']);
  for (const key of read(shape.signingKey, ['consent', 'signingKey'])) {
    if (secret !== undefined && key === undefined)
      refuse(['consent', 'signingKey'], key, 'must be given with consent.secret: a key for Ed25519, PKCS #8 in PEM');
    if (secret === undefined && key !== undefined)
      refuse(['consent', 'secret'], secret, 'must be given with consent.signingKey');
    const [former = []] = read(shape.formerKeys, ['consent', 'formerKeys']);
    if (key !== undefined) checkKey(key, refuse);
    if (key !== undefined) for (const [index, one] of former.entries()) checkFormer(key, one, index, refuse);
  }
  for (const one of read(shape.controller, ['consent', 'controller'])) {
    if (secret !== undefined && one === undefined)
      refuse(['consent', 'controller'], controller, 'must be given with consent.secret: who processes the data');
  }
  for (const own of read(shape.redis, ['consent', 'redis'])) {
    const [shared] = read(redis.shape.url, ['redis', 'url']);
    const kind = (own.url ?? shared)?.kind;
    if (secret !== undefined && kind === 'cluster')
      refuse(
        ['consent', 'redis', 'url'],
        own.url?.shown,
        'must name a Redis of its own where redis.url is a Cluster: one act is one step',
      );
    if (own.password !== undefined && own.url?.password !== undefined)
      refuse(['consent', 'redis', 'password'], own.password, 'must not be given with a consent.redis.url that has one');
  }
}

function checkKey(key: string, refuse: Refuse): void {
  try {
    new Signer(key, [], NOBODY);
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    refuse(['consent', 'signingKey'], key, 'must be a private key for Ed25519, PKCS #8 in PEM');
  }
}

function checkFormer(key: string, former: string, index: number, refuse: Refuse): void {
  try {
    new Signer(key, [former], NOBODY);
  } catch (thrown) {
    if (!(thrown instanceof CodedError)) throw thrown;
    refuse(['consent', 'formerKeys', index], former, 'must be a public key for Ed25519 in PEM');
  }
}
