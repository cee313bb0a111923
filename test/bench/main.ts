/** `npm run bench`: what a call costs, beside Kamailio. All load stays on 127.0.0.1. */
import { capture } from './capture.js';
import { Children } from './children.js';
import { compare } from './compare.js';
import { growth } from './growth/main.js';
import { highest } from './highest.js';
import { micro } from './micro/main.js';
import { BEFORE, type Options, readOptions, USAGE } from './options.js';
import { OUT, say } from './report.js';
import { soak } from './soak.js';
import { choosePorts, type Ports, startBefore, startKamailio, startVirkne, type Target } from './targets.js';

async function main(options: Options): Promise<void> {
  if (options.mode === 'help') return say(USAGE);
  if (options.mode === 'micro') return micro(options);
  const children = new Children();
  const ports = await choosePorts();
  const nodeArgs = options.profile ? ['--cpu-prof', `--cpu-prof-dir=${OUT}`] : [];
  const virkne = () => startVirkne(children, ports, nodeArgs);
  if (options.mode === 'capture') return capture(children, ports, options);
  if (options.mode === 'growth') return growth(children, ports, virkne, options);
  if (options.mode === 'soak') return soak(children, ports, await virkne(), options);
  const targets = await start(children, ports, virkne, options);
  await (options.mode === 'highest' ? highest : compare)(children, ports, targets, options);
  for (const target of targets) await target.stop();
}

async function start(
  children: Children,
  ports: Ports,
  virkne: () => Promise<Target>,
  { targets, before = '' }: Options,
): Promise<Target[]> {
  const starts: Readonly<Record<string, () => Promise<Target>>> = {
    kamailio: () => startKamailio(children, ports),
    virkne,
    [BEFORE]: () => startBefore(children, ports, before),
  };
  const started: Target[] = [];
  for (const name of targets) {
    const target = await starts[name]?.();
    if (target !== undefined) started.push(target);
  }
  return started;
}

try {
  await main(readOptions(process.argv.slice(2)));
  process.exit(0);
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exit(1);
}
