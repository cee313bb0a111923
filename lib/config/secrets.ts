import type { Config } from './load.js';

/** Every secret of the configuration: the log never has them, whoever's error would print them. */
export function secretsOf({
  trunks,
  drachtio,
  redis,
  http,
}: Pick<Config, 'trunks' | 'drachtio' | 'redis' | 'http'>): readonly string[] {
  const secrets = [
    ...trunks.map(({ password }) => password),
    drachtio.secret,
    drachtio.url?.secret,
    redis.url?.password,
    ...http.tokens.map(({ secret }) => secret),
  ];
  return secrets.filter((secret) => secret !== undefined);
}
