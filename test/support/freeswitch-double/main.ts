/**
 * The double as a process of its own, for TEST_MEDIA_URL: `node dist/test/support/freeswitch-double/main.js`. It plays real sound, and
 * files that exist. Says where it is, and ends by SIGINT or SIGTERM.
 */
import { FreeSwitchDouble } from './double.js';

const double = new FreeSwitchDouble();
double.isAudible = true;
await double.start();
console.log(`TEST_MEDIA_URL=${double.url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void double.kill().then(() => process.exit()));
