import { systemClock } from '../../lib/base/clock.js';
import { Output } from '../../lib/cli/output.js';
import { run } from '../../lib/cli/program.js';
import { withConsent } from '../../lib/cli/register.js';
import { withSession } from '../../lib/cli/session.js';
import { type Config, loadConfig } from '../../lib/config/load.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process, with stdout and stderr as texts. */
export const virkne = (env: Readonly<Record<string, string>>, ...args: string[]): Promise<Said> =>
  virkneWith(() => loadConfig(env), ...args);

/** The same, with a configuration that no environment gives. */
export async function virkneWith(config: () => Config, ...args: string[]): Promise<Said> {
  let [out, err] = ['', ''];
  const stream = (append: (text: string) => void) => ({
    write: (text: string) => {
      append(text);
      return true;
    },
    once: () => {},
  });
  const code = await run(args, {
    out: new Output(
      stream((text) => {
        out += text;
      }),
      stream((text) => {
        err += text;
      }),
    ),
    clock: systemClock,
    config,
    user: 'anna',
    withRedis: withSession(config, systemClock),
    withRegister: withConsent(config, systemClock),
    serve: async () => {},
  });
  return { code, out, err };
}

/** The command on this Redis; `json`: what it says as JSON. */
export function commandOn(redis: { readonly url: string }) {
  const command = (...args: string[]): Promise<Said> => virkne({ REDIS_URL: redis.url }, ...args);
  const json = async (...args: string[]) => JSON.parse((await command(...args, '--json')).out);
  return { command, json };
}
