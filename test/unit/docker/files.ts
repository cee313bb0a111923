/** The files in docker/, as their programs would read them. There is no Docker engine where the tests run. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
}

interface Extending extends Service {
  readonly extends?: { readonly file: string; readonly service: string };
}

interface Written {
  readonly services: Readonly<Record<string, Extending>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export interface Composition {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const written = (file: string): Written => parse(readFileSync(`docker/${file}`, 'utf8')) as Written;

/** Each service with what it extends, as compose merges them: maps by key, lists one behind the other. */
export function composition(file: string): Composition {
  const { services, secrets = {}, volumes = {} } = written(file);
  const merged = Object.entries(services).map(([name, { extends: base, ...own }]): [string, Service] => {
    if (base === undefined) return [name, own];
    const common = written(base.file).services[base.service];
    if (common === undefined) throw new Error(`${base.file} has no service ${base.service}`);
    const environment = { ...common.environment, ...own.environment };
    return [name, { ...common, ...own, environment, secrets: [...(common.secrets ?? []), ...(own.secrets ?? [])] }];
  });
  return { services: Object.fromEntries(merged), secrets, volumes };
}

/** As compose fills `${NAME:-default}` in, and makes `$` of `$$`. */
export const filled = (text: string, env: Readonly<Record<string, string>> = {}): string =>
  text.replace(/\$\$|\$\{(\w+)(?::-([^}]*))?\}/g, (found, name: string, otherwise = '') =>
    found === '$$' ? '$' : (env[name] ?? otherwise),
  );

export const environmentOf = ({ environment = {} }: Service, env: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, filled(text, env)]));

/** `[INSTRUCTION, arguments]` of each instruction, continuation lines joined. */
export const INSTRUCTIONS = readFileSync('docker/Dockerfile', 'utf8')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()] as const);

export const all = (name: string): string[] => INSTRUCTIONS.filter(([found]) => found === name).map(([, rest]) => rest);

/** Those of the last stage: what the image is. */
export const LAST_STAGE = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex(([name]) => name === 'FROM'));
