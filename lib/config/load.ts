import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { CodedError, messageOf } from '../base/errors.js';
import { CONSENTS } from './consents.js';
import { crossChecks } from './cross-checks.js';
import { type Complete, complete } from './derived.js';
import { type Environment, environmentLayers, FILE_VARIABLE } from './environment.js';
import { type Layer, mergeLayers, type Path, type ReadFile, valueAt } from './layers.js';
import { misspelt } from './misspelt.js';
import { mistakesOf } from './mistakes.js';
import { PRICE_LIST } from './prices.js';
import { CONFIG } from './schema.js';
import { withoutExcerpt } from './shown.js';
import { unused, warningsFor } from './warnings.js';

/** The whole configuration, checked; schema.ts says what each value means. */
export type Config = Complete & {
  /** What is allowed but probably not meant, to be logged at start. */
  readonly warnings: readonly string[];
};

/** CONFIG_INVALID, with every mistake. */
export class ConfigInvalid extends CodedError {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super('CONFIG_INVALID', `the configuration is not valid:${mistakes.map((one) => `\n  ${one}`).join('')}`);
    this.mistakes = mistakes;
  }
}

const shipped = (name: string): string => fileURLToPath(new URL(`../../../config/${name}`, import.meta.url));
const DEFAULTS = shipped('default.json');
const PRICES = shipped('charges.json');
const PURPOSES = shipped('consents.json');

/**
 * Reads config/default.json, over it the file named in VIRKNE_CONFIG, over that the environment and the files that it names.
 * Throws CONFIG_INVALID with every mistake at once: its path, its value, what is allowed, and where it came from.
 * @param env the environment; that of the process if absent
 * @param readFile reads a file as text; replaced in tests
 */
export function loadConfig(
  env: Environment = process.env,
  readFile: ReadFile = (path) => readFileSync(path, 'utf8'),
): Config {
  const mistakes: string[] = [];
  /** A file that cannot be read is one mistake; those of the other layers are told all the same. */
  const fileLayer = (origin: string, path: string, name: string): Layer[] => {
    try {
      return [{ origin, value: JSON.parse(readFile(path)) }];
    } catch (thrown) {
      mistakes.push(`${name}: cannot be read as JSON: ${withoutExcerpt(messageOf(thrown))}`);
      return [];
    }
  };
  const layers = fileLayer('config/default.json', DEFAULTS, 'config/default.json');
  const file = env[FILE_VARIABLE]?.trim();
  if (file) layers.push(...fileLayer(file, file, `${FILE_VARIABLE}=${file}`));
  layers.push(...environmentLayers(env, readFile, (mistake) => mistakes.push(mistake)));

  const merged = mergeLayers(layers);
  const result = CONFIG.safeParse(merged);
  if (!result.success) mistakes.push(...mistakesOf(result.error.issues, merged, layers));
  mistakes.push(...crossChecks(merged, layers, readFile));
  /** A file beside: the shipped one, or the one that the configuration names at `path`. */
  const beside = <Schema extends z.ZodType>(schema: Schema, path: Path, origin: string, shippedAt: string) => {
    const named = valueAt(merged, path);
    const layer =
      typeof named === 'string'
        ? fileLayer(named, named, `${path.join('.')}=${named}`)
        : fileLayer(origin, shippedAt, origin);
    const read = schema.safeParse(layer[0]?.value);
    if (!read.success && layer.length > 0) mistakes.push(...mistakesOf(read.error.issues, layer[0]?.value, layer));
    return read;
  };
  const prices = beside(PRICE_LIST, ['charges', 'prices'], 'config/charges.json', PRICES);
  const consents = beside(CONSENTS, ['consent', 'catalogue'], 'config/consents.json', PURPOSES);
  if (mistakes.length > 0 || !result.success || !prices.success || !consents.success) {
    throw new ConfigInvalid([...new Set(mistakes)]);
  }
  const warnings = [...warningsFor(result.data), ...unused(result.data, layers), ...misspelt(env)];
  return { ...complete(result.data, prices.data, consents.data), warnings };
}
