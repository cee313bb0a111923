import { systemClock } from '../../lib/base/clock.js';
import { Output } from '../../lib/cli/output.js';
import { run } from '../../lib/cli/program.js';
import { withConsent } from '../../lib/cli/register.js';
import { withSession } from '../../lib/cli/session.js';
import { loadConfig } from '../../lib/config/load.js';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in this process, with stdout and stderr as texts. */
export async function virkne(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Said> {
  let [out, err] = ['', ''];
  const stream = (append: (text: string) => void) => ({
    write: (text: string) => {
      append(text);
      return true;
    },
    once: () => {},
  });
  const config = () => loadConfig(env);
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
