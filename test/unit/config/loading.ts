import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CodedError } from '../../../lib/base/errors.js';
import { loadConfig } from '../../../lib/config/load.js';

type Env = Record<string, string | undefined>;

/** Files by name; those that are shipped are the real ones. */
export const load = (env: Env = {}, files: Record<string, unknown> = {}) =>
  loadConfig(env, (path) => {
    if (/config\/(?:default|charges|consents)\.json$/.test(path)) return readFileSync(path, 'utf8');
    const file = files[path];
    if (file === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
    return typeof file === 'string' ? file : JSON.stringify(file);
  });

export const withFile = (file: unknown, env: Env = {}) =>
  load({ VIRKNE_CONFIG: 'site.json', ...env }, { 'site.json': file });

/** The mistakes named, one a line. */
export function mistakes(action: () => unknown): string[] {
  try {
    action();
  } catch (thrown) {
    expect(thrown).to.be.instanceOf(CodedError).and.include({ code: 'CONFIG_INVALID' });
    return (thrown as CodedError).message.split('\n  ').slice(1);
  }
  throw new Error('the configuration was accepted');
}

/** `path (origin)` of a mistake. */
export const pathAndOrigin = (mistake: string): string =>
  mistake.replace(/^(\S+) = .*? (\([^()]*\)): (?:must|is) .*$/, '$1 $2');
