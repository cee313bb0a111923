import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** A private certificate authority, made by openssl; nothing of it stays on disk. */
export class Authority {
  readonly certificate: string;
  readonly #key: string;

  constructor(name = 'Test authority') {
    const made = inDirectory((path) => {
      openssl([
        'req',
        '-x509',
        ...NEW_KEY,
        '-keyout',
        path('key'),
        '-out',
        path('crt'),
        ...DAYS,
        '-subj',
        `/CN=${name}`,
      ]);
      return { certificate: readFileSync(path('crt'), 'utf8'), key: readFileSync(path('key'), 'utf8') };
    });
    this.certificate = made.certificate;
    this.#key = made.key;
  }

  /** @param names as in subjectAltName: `DNS:sip.example.net`, `IP:127.0.0.1` */
  issue(...names: string[]): Identity {
    return inDirectory((path) => {
      writeFileSync(path('ca.crt'), this.certificate);
      writeFileSync(path('ca.key'), this.#key);
      writeFileSync(path('ext'), `subjectAltName=${names.join(',')}\n`);
      openssl(['req', ...NEW_KEY, '-keyout', path('key'), '-out', path('csr'), '-subj', '/CN=peer']);
      const signer = ['-CA', path('ca.crt'), '-CAkey', path('ca.key'), '-CAcreateserial'];
      openssl(['x509', '-req', '-in', path('csr'), ...signer, '-out', path('crt'), ...DAYS, '-extfile', path('ext')]);
      return { certificate: readFileSync(path('crt'), 'utf8'), key: readFileSync(path('key'), 'utf8') };
    });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = ['-days', '2'];

const openssl = (args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });

function inDirectory<Result>(work: (path: (name: string) => string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), 'virkne-tls-'));
  try {
    return work((name) => join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
