import type { Layer } from './layers.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const commaList = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** What each variable sets. An empty variable counts as unset. */
const VARIABLES: Readonly<Record<string, (text: string) => unknown>> = {
  SIP_LISTEN: (text) => ({ sip: { listen: commaList(text) } }),
  DRACHTIO_URL: (text) => ({ drachtio: { url: text } }),
  REDIS_URL: (text) => ({ redis: { url: text } }),
  TRUNKS: (text) => ({ trunks: commaList(text).map((uri, index) => ({ uri, priority: index + 1 })) }),
  HTTP_LISTEN: (text) => ({ http: { listen: text } }),
  LOG_LEVEL: (text) => ({ log: { level: text } }),
};

/** The variable that names a file of configuration. */
export const FILE_VARIABLE = 'VIRKNE_CONFIG';

export const VARIABLE_NAMES: readonly string[] = [...Object.keys(VARIABLES), FILE_VARIABLE];

export function environmentLayers(env: Environment): Layer[] {
  return Object.entries(VARIABLES).flatMap(([name, read]) => {
    const text = env[name]?.trim() ?? '';
    return text === '' ? [] : [{ origin: name, value: read(text) }];
  });
}

/**
 * Replaces the live `process.env`, where each read asks the C library, by a plain copy: drachtio-srf reads it for every header
 * of every message, which was 3 % of the CPU time of a call. Without that library there is no reason to.
 */
export function detachEnvironment(): void {
  process.env = { ...process.env };
}
