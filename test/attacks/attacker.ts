/** node attacker.js NAME SECONDS VICTIM: plays one attack and says what it saw, as one line of JSON. */
import { ATTACKS, type Victim } from './attacks.js';

const [name = '', seconds = '0', victim = '{}'] = process.argv.slice(2);
const seen = await ATTACKS[name]?.play(JSON.parse(victim) as Victim, Number(seconds));
process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0));
