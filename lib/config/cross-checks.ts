import { createSecureContext } from 'node:tls';
import type { z } from 'zod';
import { messageOf } from '../base/errors.js';
import { type Layer, type Path, valueAt } from './layers.js';
import { mistake } from './mistakes.js';
import { CONFIG } from './schema.js';

export type ReadFile = (path: string) => string;

type Refuse = (path: Path, value: unknown, allowed: string) => void;

/**
 * A value of the merged layers as the schema reads it, boxed, as it may be absent. Nothing where it is not valid: that is a mistake
 * of its own, which keeps only the rules that need this very value from being checked.
 */
type Read = <Schema extends z.ZodType>(schema: Schema, path: Path) => readonly [] | readonly [z.output<Schema>];

const { sip, drachtio, trunks, trunkDefaults } = CONFIG.shape;

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
  checkTrunks(read, refuse, merged);
  return mistakes;
}

/** The entries of a list that are valid, each with its place. */
function entriesOf<Schema extends z.ZodType>(read: Read, merged: unknown, path: Path, schema: Schema) {
  const list = valueAt(merged, path);
  const places = Array.isArray(list) ? list.map((_, index) => index) : [];
  return places.flatMap((index) => read(schema, [...path, index]).map((value) => ({ index, value })));
}

const listenEntries = (read: Read, merged: unknown) =>
  entriesOf(read, merged, ['sip', 'listen'], sip.shape.listen.element);

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

function checkTls(read: Read, refuse: Refuse, readFile: ReadFile, merged: unknown): void {
  const [isEmbedded = false] = read(drachtio.shape.url, ['drachtio', 'url']).map((url) => url === undefined);
  const needed = isEmbedded && listenEntries(read, merged).some(({ value }) => value.protocol === 'tls');
  const texts: { certificate?: string; key?: string; authority?: string } = {};
  for (const name of ['certificate', 'key', 'authority'] as const) {
    const path = ['sip', 'tls', name];
    for (const file of read(sip.shape.tls.shape[name], path)) {
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

function checkTimers(read: Read, refuse: Refuse): void {
  const { shape } = sip.shape.timers;
  for (const t1 of read(shape.t1, ['sip', 'timers', 't1'])) {
    for (const t2 of read(shape.t2, ['sip', 'timers', 't2'])) {
      if (t2 < t1) refuse(['sip', 'timers', 't2'], t2, `must be at least t1, ${t1}`);
    }
  }
}

function checkTrunks(read: Read, refuse: Refuse, merged: unknown): void {
  const [registerAll = false] = read(trunkDefaults.shape.register, ['trunkDefaults', 'register']);
  for (const { index, value } of entriesOf(read, merged, ['trunks'], trunks.element)) {
    const { username, password, register = registerAll, preferredIdentity } = value;
    if (preferredIdentity === 'account' && username === undefined) {
      refuse(['trunks', index, 'username'], undefined, 'must be given with the preferredIdentity account');
    }
    if (password !== undefined && username === undefined) {
      refuse(['trunks', index, 'username'], undefined, 'must be given with a password');
    }
    if (register && username === undefined) {
      refuse(['trunks', index, 'username'], undefined, 'must be given with register');
    }
    if (register && username !== undefined && password === undefined) {
      refuse(['trunks', index, 'password'], undefined, 'must be given with register');
    }
  }
}
