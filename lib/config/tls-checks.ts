import { createSecureContext, getCiphers } from 'node:tls';
import { messageOf } from '../base/errors.js';
import { isEmbedded, listenEntries, type Read, type Refuse } from './check.js';
import { type ReadFile, valueAt } from './layers.js';
import { CONFIG } from './schema.js';

const { shape } = CONFIG.shape.sip.shape.tls;

export function checkTls(read: Read, refuse: Refuse, readFile: ReadFile, merged: unknown): void {
  const needed = isEmbedded(read) && listenEntries(read, merged).some(({ value }) => value.protocol === 'tls');
  if (needed) checkCiphers(read, refuse);
  const texts: { certificate?: string; key?: string; authority?: string } = {};
  for (const name of ['certificate', 'key', 'authority'] as const) {
    const path = ['sip', 'tls', name];
    for (const file of read(shape[name], path)) {
      if (file === undefined) {
        if (needed && name !== 'authority') refuse(path, file, 'must name a PEM file, because sip.listen has tls');
        continue;
      }
      try {
        texts[name] = readFile(file);
      } catch (thrown) {
        refuse(path, file, `must name a PEM file that can be read: ${messageOf(thrown)}`);
      }
    }
  }
  const { certificate: cert, key, authority: ca } = texts;
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert, key, ...(ca !== undefined && { ca }) });
  } catch (thrown) {
    const files = valueAt(merged, ['sip', 'tls']);
    refuse(['sip', 'tls'], files, `must name a certificate and the key to it: ${messageOf(thrown)}`);
  }
}

/** OpenSSL passes over names that it does not know, and takes its own for a version that has none. */
function checkCiphers(read: Read, refuse: Refuse): void {
  const path = ['sip', 'tls', 'ciphers'];
  for (const ciphers of read(shape.ciphers, path)) {
    const known = new Set(getCiphers());
    for (const [index, cipher] of ciphers.entries()) {
      if (!known.has(cipher.toLowerCase()))
        refuse([...path, index], cipher, 'must be a cipher suite that this Node knows');
    }
    const [minVersion] = read(shape.minVersion, ['sip', 'tls', 'minVersion']);
    if (minVersion === 'TLSv1.3' && !ciphers.some((cipher) => cipher.startsWith('TLS_'))) {
      refuse(path, ciphers, 'must have one of TLS 1.3, which begin with TLS_, because minVersion is TLSv1.3');
    }
  }
}
