/** Cost as it grows: each part is one table and one sentence. */
import type { Children } from '../children.js';
import type { Options } from '../options.js';
import { publish } from '../report.js';
import type { Ports, VirkneTarget } from '../targets.js';
import { disturbance, type Trial } from '../trial.js';
import { concurrent } from './concurrent.js';
import { attempts, members } from './group-size.js';
import { groups } from './groups.js';
import { messages } from './messages.js';

/** What a part needs. Each starts a service of its own, as often as it likes. */
export interface Laboratory {
  readonly children: Children;
  readonly ports: Ports;
  start(): Promise<VirkneTarget>;
  readonly options: Options;
}

export interface Grown {
  readonly text: string;
  readonly trials: readonly Trial[];
  readonly raw: unknown;
}

const PARTS: Readonly<Record<string, (laboratory: Laboratory) => Promise<Grown>>> = {
  groups,
  members,
  concurrent,
  attempts,
  messages,
};

export async function growth(
  children: Children,
  ports: Ports,
  start: () => Promise<VirkneTarget>,
  options: Options,
): Promise<void> {
  const wanted = options.only.length > 0 ? options.only : Object.keys(PARTS);
  for (const name of wanted) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`--only ${name}: known are ${Object.keys(PARTS).join(', ')}`);
    const { text, trials, raw } = await part({ children, ports, start, options });
    publish({ name: `growth-${name}`, text: `${text}\n${disturbance(trials)}`.trimEnd(), raw });
  }
}
