/** `npm run fuzz`: node dist/test/fuzz/main.js [--messages 1000000] [--seed N]. Exit code 1 when anything failed. */
import { parseArgs } from 'node:util';
import { fuzz } from './run.js';

const { values } = parseArgs({ options: { messages: { type: 'string' }, seed: { type: 'string' } } });
const messages = Number(values.messages ?? 1_000_000);
// By default another seed each day; it is printed, so any run can be had again.
const seed = Number(values.seed ?? Math.floor(Date.now() / 86_400_000));
const mib = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`;

console.log(`${messages} messages, seed ${seed}`);
try {
  await fuzz(messages, seed, (figures) => {
    const { target, accepted, refused, perSecond, rssStart, rssEnd } = figures;
    console.log(
      `${target}: ${figures.messages} messages, ${Math.round(perSecond)} a second, ${accepted} accepted, ${refused} refused, ` +
        `resident ${mib(rssStart)} → ${mib(rssEnd)}, faults 0, left over 0`,
    );
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
