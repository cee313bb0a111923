import { createHash } from 'node:crypto';
import { entriesOf, listenEntries, type Read, type Refuse } from './check.js';
import { checkConsent } from './consent-checks.js';
import { type Layer, type ReadFile, valueAt } from './layers.js';
import { mistake } from './mistakes.js';
import { checkPages } from './page-checks.js';
import { CONFIG } from './schema.js';
import { checkTls } from './tls-checks.js';
import { checkTrunks } from './trunk-checks.js';

const { sip, drachtio, redis, http } = CONFIG.shape;

/** Rules about more than one value, and about files that are named, for all values that are valid by themselves. */
export function crossChecks(merged: unknown, layers: readonly Layer[], readFile: ReadFile): readonly string[] {
  const mistakes: string[] = [];
  const refuse: Refuse = (path, value, allowed) => mistakes.push(mistake(path, value, allowed, layers));
  const read: Read = (schema, path) => {
    const { success, data } = schema.safeParse(valueAt(merged, path));
    return success ? [data] : [];
  };
  checkListen(read, refuse, merged);
  checkTls(read, refuse, readFile, merged);
  checkTimers(read, refuse);
  checkSecrets(read, refuse);
  checkTrunks(read, refuse, merged);
  checkTokens(read, refuse, merged);
  checkConsent(read, refuse);
  checkPages(read, refuse);
  return mistakes;
}

function checkListen(read: Read, refuse: Refuse, merged: unknown): void {
  const seen = new Map<string, number>();
  for (const { index, value } of listenEntries(read, merged)) {
    const { protocol, address, port } = value;
    const entry = `${protocol}:${address.includes(':') ? `[${address}]` : address}:${port}`;
    const first = seen.get(entry);
    if (first === undefined) seen.set(entry, index);
    // Port 0 is another free port each time.
    else if (port !== 0) refuse(['sip', 'listen', index], entry, `must differ from sip.listen[${first}]`);
  }
}

function checkTimers(read: Read, refuse: Refuse): void {
  const { shape } = sip.shape.timers;
  for (const t1 of read(shape.t1, ['sip', 'timers', 't1'])) {
    for (const t2 of read(shape.t2, ['sip', 'timers', 't2'])) {
      if (t2 < t1) refuse(['sip', 'timers', 't2'], t2, `must be at least t1, ${t1}`);
    }
  }
}

/** A secret has one place, and whoever needs it must be able to know it. */
function checkSecrets(read: Read, refuse: Refuse): void {
  const path = ['drachtio', 'secret'];
  for (const secret of read(drachtio.shape.secret, path)) {
    for (const url of read(drachtio.shape.url, ['drachtio', 'url'])) {
      if (url === undefined) {
        const [listen] = read(drachtio.shape.listen, ['drachtio', 'listen']);
        if (listen !== undefined && secret === undefined)
          refuse(path, secret, 'must be given with drachtio.listen, or no application can attach');
      } else if (secret === undefined && url.secret === undefined) {
        refuse(path, secret, 'must be given with a drachtio.url that has none');
      } else if (secret !== undefined && url.secret !== undefined) {
        refuse(path, secret, 'must not be given with a drachtio.url that has one');
      }
    }
  }
  for (const password of read(redis.shape.password, ['redis', 'password'])) {
    const [url] = read(redis.shape.url, ['redis', 'url']);
    if (password !== undefined && url?.password !== undefined)
      refuse(['redis', 'password'], password, 'must not be given with a redis.url that has one');
  }
}

/** Each token is known by one secret, and each secret by one name. */
function checkTokens(read: Read, refuse: Refuse, merged: unknown): void {
  const path = ['http', 'tokens'];
  const seen = new Map<string, number>();
  for (const { index, value } of entriesOf(read, merged, path, http.shape.tokens.element)) {
    const { name, secret, sha256 } = value;
    if ((secret === undefined) === (sha256 === undefined))
      refuse([...path, index, 'secret'], secret, 'must be given, or sha256 instead, and not both');
    const digest =
      sha256?.toLowerCase() ??
      createHash('sha256')
        .update(secret ?? '')
        .digest('hex');
    for (const [what, key, at] of [
      ['name', `name ${name}`, name],
      ['secret', digest, secret ?? sha256],
    ] as const) {
      const first = seen.get(key);
      if (first !== undefined) refuse([...path, index, what], at, `must differ from that of http.tokens[${first}]`);
      else seen.set(key, index);
    }
  }
}
