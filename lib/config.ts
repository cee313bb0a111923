import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { CodedError, messageOf } from './base/errors.js';
import { createIds } from './base/ids.js';
import { type Environment, environmentLayers, FILE_VARIABLE } from './config/environment.js';
import { type Layer, mergeLayers, originOf, valueAt } from './config/layers.js';
import { CONFIG } from './config/schema.js';
import { warningsFor } from './config/warnings.js';

export { detachEnvironment, VARIABLE_NAMES } from './config/environment.js';
export type { DrachtioServer, SipListenAddress, SocketAddress } from './config/values.js';

type Checked = z.output<typeof CONFIG>;

/** The whole configuration, checked; lib/config/schema.ts says what each value means. */
export type Config = Readonly<
  Omit<Checked, 'drachtio'> & {
    drachtio: Omit<Checked['drachtio'], 'secret'> & { secret: string };
    /** What is allowed but probably not meant, to be logged at start. */
    warnings: readonly string[];
  }
>;

type ReadFile = (path: string) => string;
type Path = readonly PropertyKey[];

const DEFAULTS = fileURLToPath(new URL('../../config/default.json', import.meta.url));
const SECRET_KEYS: ReadonlySet<PropertyKey> = new Set(['password', 'secret']);

/**
 * Reads config/default.json, over it the file named in VIRKNE_CONFIG, over that the environment.
 * Throws CONFIG_INVALID with every mistake at once: its path, its value, what is allowed, and where it came from.
 * @param env the process environment
 * @param readFile reads a file as text; replaced in tests
 */
export function loadConfig(env: Environment, readFile: ReadFile = (path) => readFileSync(path, 'utf8')): Config {
  const layers: Layer[] = [
    { origin: 'config/default.json', value: readJson(DEFAULTS, 'config/default.json', readFile) },
  ];
  const file = env[FILE_VARIABLE]?.trim();
  if (file) layers.push({ origin: file, value: readJson(file, `${FILE_VARIABLE}=${file}`, readFile) });
  layers.push(...environmentLayers(env));

  const merged = mergeLayers(layers);
  const result = CONFIG.safeParse(merged);
  const mistakes = result.success
    ? crossChecks(result.data, layers, readFile)
    : result.error.issues.flatMap((issue) => describe(issue, merged, layers));
  if (mistakes.length > 0 || !result.success) {
    const lines = [...new Set(mistakes)].map((mistake) => `\n  ${mistake}`);
    throw new CodedError('CONFIG_INVALID', `the configuration is not valid:${lines.join('')}`);
  }
  const { drachtio, ...rest } = result.data;
  const config = { ...rest, drachtio: { ...drachtio, secret: drachtio.secret ?? createIds().token() } };
  return { ...config, warnings: [...warningsFor(config), ...unused(config, layers)] };
}

function readJson(path: string, name: string, readFile: ReadFile): unknown {
  try {
    return JSON.parse(readFile(path));
  } catch (thrown) {
    throw new CodedError('CONFIG_INVALID', `${name}: cannot be read as JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function describe(issue: z.core.$ZodIssue, merged: unknown, layers: readonly Layer[]): string[] {
  const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return paths.map((path) => mistake(path, valueAt(merged, path), issue.message, layers));
}

function mistake(path: Path, value: unknown, allowed: string, layers: readonly Layer[]): string {
  const name = path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
  const shown = value === undefined ? 'missing' : SECRET_KEYS.has(path.at(-1) ?? '') ? '***' : show(value);
  return `${name || 'configuration'} = ${shown} (${originOf(layers, path)}): ${allowed}`;
}

/** As JSON, without passwords: mistakes end up in logs. */
function show(value: unknown): string {
  return JSON.stringify(value, (key, inner) => {
    if (SECRET_KEYS.has(key)) return '***';
    return typeof inner === 'string' ? inner.replace(/:[^@]*@/g, ':***@') : inner;
  });
}

/** Rules about more than one value. */
function crossChecks(config: Checked, layers: readonly Layer[], readFile: ReadFile): string[] {
  const mistakes: string[] = [];
  const refuse = (path: Path, value: unknown, allowed: string) => mistakes.push(mistake(path, value, allowed, layers));
  const { tls, timers } = config.sip;

  const needsTls = config.drachtio.url === undefined && config.sip.listen.some(({ protocol }) => protocol === 'tls');
  for (const key of ['certificate', 'key', 'authority'] as const) {
    const file = tls[key];
    if (file === undefined) {
      if (needsTls && key !== 'authority')
        refuse(['sip', 'tls', key], file, 'must name a PEM file, because sip.listen has tls');
      continue;
    }
    try {
      readFile(file);
    } catch (thrown) {
      refuse(['sip', 'tls', key], file, `must name a PEM file that can be read: ${messageOf(thrown)}`);
    }
  }
  if (timers.t2 < timers.t1) refuse(['sip', 'timers', 't2'], timers.t2, `must be at least t1, ${timers.t1}`);
  config.trunks.forEach((trunk, index) => {
    if (trunk.password !== undefined && trunk.username === undefined) {
      refuse(['trunks', index, 'username'], undefined, 'must be given with a password');
    }
    if (trunk.register && trunk.username === undefined) {
      refuse(['trunks', index, 'username'], undefined, 'must be given with register');
    }
    if (trunk.register && trunk.username !== undefined && trunk.password === undefined) {
      refuse(['trunks', index, 'password'], undefined, 'must be given with register');
    }
  });
  return mistakes;
}

/** Settings that somebody made and that have no effect. */
function unused(config: Pick<Config, 'drachtio'>, layers: readonly Layer[]): string[] {
  const origin = originOf(layers, ['sip', 'listen']);
  if (config.drachtio.url === undefined || origin === layers[0]?.origin) return [];
  return [`sip.listen (${origin}): not used, because drachtio.url attaches to a drachtio-server that listens itself`];
}
