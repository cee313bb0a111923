import { messageOf } from '../base/errors.js';
import type { Layer, ReadFile } from './layers.js';

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
  DRACHTIO_SECRET: (text) => ({ drachtio: { secret: text } }),
  REDIS_URL: (text) => ({ redis: { url: text } }),
  REDIS_PASSWORD: (text) => ({ redis: { password: text } }),
  TRUNKS: (text) => ({ trunks: commaList(text).map((uri, index) => ({ uri, priority: index + 1 })) }),
  MEDIA_URL: (text) => ({ media: { servers: commaList(text) } }),
  HTTP_LISTEN: (text) => ({ http: { listen: text } }),
  CONSENT_SECRET: (text) => ({ consent: { secret: text } }),
  CONSENT_SIGNING_KEY: (text) => ({ consent: { signingKey: text } }),
  PAGES_URL: (text) => ({ pages: { baseUrl: text } }),
  PAGES_SECRET: (text) => ({ pages: { secret: text } }),
  LOG_LEVEL: (text) => ({ log: { level: text } }),
};

/** The variable that names a file of configuration. */
export const FILE_VARIABLE = 'VIRKNE_CONFIG';

/** `REDIS_PASSWORD_FILE` names the file that holds what `REDIS_PASSWORD` would: command lines and environments are read by others. */
const FROM_FILE = '_FILE';

export const VARIABLE_NAMES: readonly string[] = [
  ...Object.keys(VARIABLES).flatMap((name) => [name, name + FROM_FILE]),
  FILE_VARIABLE,
];

/** @param refuse is told each mistake: a file that cannot be read, or is empty, or stands beside the variable itself */
export function environmentLayers(env: Environment, readFile: ReadFile, refuse: (mistake: string) => void): Layer[] {
  return Object.entries(VARIABLES).flatMap(([name, read]) => {
    const text = env[name]?.trim() ?? '';
    const file = env[name + FROM_FILE]?.trim() ?? '';
    if (file === '') return text === '' ? [] : [{ origin: name, value: read(text) }];
    const origin = name + FROM_FILE;
    if (text !== '') refuse(`${origin}: must not be given with ${name}`);
    try {
      const content = readFile(file).trim();
      if (content !== '') return [{ origin, value: read(content) }];
      refuse(`${origin}=${file}: is empty`);
    } catch (thrown) {
      refuse(`${origin}=${file}: cannot be read: ${messageOf(thrown)}`);
    }
    return [];
  });
}

/**
 * Replaces the live `process.env`, where each read asks the C library, by a plain copy: drachtio-srf reads it for every header
 * of every message, which was 3 % of the CPU time of a call. Without that library there is no reason to.
 */
export function detachEnvironment(): void {
  process.env = { ...process.env };
}
