/**
 * `npm run bench:media [calls]`: calls with press 1, one after another, on a double of FreeSWITCH and real sockets: what confirm adds to an
 * answer, and what is left behind. The double takes 20 ms to begin an application, as a real one was seen to.
 */
import { OCTETS } from '../support/freeswitch-double/playing.js';
import { CallSide } from './call-side.js';
import { Phone } from './phone.js';

const calls = Number(process.argv[2] ?? 1000);
const PLAIN = 100;

const quantile = (values: readonly number[], share: number): string =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN).toFixed(1);

const shown = (what: string, values: readonly number[]): string =>
  `${what}: ${quantile(values, 0.5)} ms (p50), ${quantile(values, 0.95)} ms (p95)`;

async function run(call: number, asks: boolean): Promise<{ readonly heard: number; readonly answered: number }> {
  const [caller, member] = [await Phone.open('caller'), await Phone.open('member')];
  side.group = { ...side.group, members: [member.uri], ...(asks ? { voices: { confirm: true } } : { voices: {} }) };
  const times = { begun: 0, heard: 0, answered: 0 };
  await told(call, caller, member, async () => {
    caller.call(side.group.pilot, side.port);
    await member.rings();
    times.begun = performance.now();
    member.answer();
    if (asks) await member.until('the question', () => member.rtp.count(OCTETS.prompt) > 0);
    times.heard = performance.now();
    if (asks) member.rtp.press('1');
    await caller.until('the answer', () => caller.statuses().includes(200));
    times.answered = performance.now();
    caller.bye();
    await member.until('BYE', () => member.requests('BYE').length === 1);
  });
  for (const phone of [caller, member]) phone.close();
  const { begun, heard, answered } = times;
  return { heard: heard - begun, answered: answered - (asks ? heard : begun) };
}

/** Says which call stopped, and what each side has seen of it. */
async function told(call: number, caller: Phone, member: Phone, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    console.error(`call ${call} stopped`);
    for (const { name, summary } of [caller, member]) console.error(`${name}: ${summary}`);
    console.error(`double: ${side.double.channels.length} channels, ${side.double.requests.slice(-10).join(' ')}`);
    console.error(`double: ${side.double.commands.slice(-10).join(', ')}`);
    for (const line of side.media.lines.slice(-10)) console.error(JSON.stringify(line));
    console.error(JSON.stringify(side.records.at(-1)));
    throw thrown;
  }
}

const side = await CallSide.open([], { confirm: true });
// As long as it is with the recordings that ship.
side.double.files.delete('silence_stream://300');
const plain: number[] = [];
const question: number[] = [];
const key: number[] = [];
for (let call = 0; call < PLAIN; call++) plain.push((await run(call, false)).answered);
for (let call = 0; call < calls; call++) {
  const { heard, answered } = await run(call, true);
  question.push(heard);
  key.push(answered);
}
await side.nothingLeft();
console.log(`${calls} calls with press 1, ${side.double.total} endpoints made`);
console.log(shown('without: from the 200 of the member to that of the caller', plain));
console.log(shown('with: from the 200 of the member to the first packet of the question', question));
console.log(shown('with: from the key to the 200 of the caller', key));
console.log(`endpoints open: ${side.media.pool.endpoints}, channels of the double: ${side.double.channels.length}`);
await side.close();
