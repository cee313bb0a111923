import type { Config } from './load.js';

/** Every secret of the configuration: the log never has them, whoever's error would print them. */
export function secretsOf({
  trunks,
  drachtio,
  redis,
  http,
  consent,
  capture,
  pages,
  media,
}: Pick<Config, 'trunks' | 'drachtio' | 'redis' | 'http' | 'capture' | 'pages' | 'media'> &
  Partial<Pick<Config, 'consent'>>): readonly string[] {
  const secrets = [
    ...trunks.map(({ password }) => password),
    drachtio.secret,
    drachtio.url?.secret,
    redis.url?.password,
    ...http.tokens.map(({ secret }) => secret),
    consent?.settings.secret,
    consent?.settings.signingKey,
    consent?.target?.password,
    capture.password,
    pages.secret,
    ...media.servers.map(({ password }) => password),
  ];
  return secrets.filter((secret) => secret !== undefined);
}
