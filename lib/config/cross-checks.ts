import { messageOf } from '../base/errors.js';
import type { Layer, Path } from './layers.js';
import { mistake } from './mistakes.js';
import type { Checked } from './schema.js';

export type ReadFile = (path: string) => string;

type Refuse = (path: Path, value: unknown, allowed: string) => void;

/** Rules about more than one value, and about files that are named. */
export function crossChecks(config: Checked, layers: readonly Layer[], readFile: ReadFile): readonly string[] {
  const mistakes: string[] = [];
  const refuse: Refuse = (path, value, allowed) => mistakes.push(mistake(path, value, allowed, layers));
  checkListen(config, refuse);
  checkTls(config, refuse, readFile);
  checkTimers(config, refuse);
  checkTrunks(config, refuse);
  return mistakes;
}

function checkListen({ sip }: Checked, refuse: Refuse): void {
  const seen = new Map<string, number>();
  sip.listen.forEach(({ protocol, address, port }, index) => {
    const entry = `${protocol}:${address.includes(':') ? `[${address}]` : address}:${port}`;
    const first = seen.get(entry);
    if (first === undefined) seen.set(entry, index);
    // Port 0 is another free port each time.
    else if (port !== 0) refuse(['sip', 'listen', index], entry, `must differ from sip.listen[${first}]`);
  });
}

function checkTls({ sip, drachtio }: Checked, refuse: Refuse, readFile: ReadFile): void {
  const needed = drachtio.url === undefined && sip.listen.some(({ protocol }) => protocol === 'tls');
  for (const key of ['certificate', 'key', 'authority'] as const) {
    const file = sip.tls[key];
    if (file === undefined) {
      if (needed && key !== 'authority')
        refuse(['sip', 'tls', key], file, 'must name a PEM file, because sip.listen has tls');
      continue;
    }
    try {
      readFile(file);
    } catch (thrown) {
      refuse(['sip', 'tls', key], file, `must name a PEM file that can be read: ${messageOf(thrown)}`);
    }
  }
}

function checkTimers({ sip: { timers } }: Checked, refuse: Refuse): void {
  if (timers.t2 < timers.t1) refuse(['sip', 'timers', 't2'], timers.t2, `must be at least t1, ${timers.t1}`);
}

function checkTrunks({ trunks, trunkDefaults }: Checked, refuse: Refuse): void {
  trunks.forEach(({ username, password, register = trunkDefaults.register }, index) => {
    if (password !== undefined && username === undefined) {
      refuse(['trunks', index, 'username'], undefined, 'must be given with a password');
    }
    if (register && username === undefined) {
      refuse(['trunks', index, 'username'], undefined, 'must be given with register');
    }
    if (register && username !== undefined && password === undefined) {
      refuse(['trunks', index, 'password'], undefined, 'must be given with register');
    }
  });
}
