import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ActRequest } from '../../../lib/consent/act.js';
import { canonical, digest } from '../../../lib/consent/canonical.js';
import { allPairs, partsOf } from '../../../lib/consent/catalogue.js';
import { readChain, stateDiffers } from '../../../lib/consent/chain.js';
import { fold, NOBODY } from '../../../lib/consent/fold.js';
import type { Consent } from '../../../lib/consent/open.js';
import { foldedOf } from '../../../lib/consent/state-fields.js';
import { logKey, metadataKey, stateKey } from '../../../lib/store/consent/keys.js';
import { openAt, PURPOSES, withdraw } from '../../support/consent.js';
import { startRedis, type TestRedis } from '../../support/redis.js';

const run = promisify(execFile);
const PAIRS = allPairs(PURPOSES);
const RUNS = 25;

/** Any act that may be taken, of any of the purposes. */
const anyAct = fc.oneof(
  fc.record({ act: fc.constantFrom('served', 'grant'), pair: fc.constantFrom(...PAIRS) }).map(({ act, pair }) => ({
    ...{ act, pairs: [pair], notice: `${partsOf(pair).purpose}@1` },
    language: 'lv',
  })),
  fc.record({
    act: fc.constantFrom('deny', 'withdraw', 'object'),
    pairs: fc.oneof(
      fc.constant('all' as const),
      fc.uniqueArray(fc.constantFrom(...PAIRS), { minLength: 1, maxLength: 4 }),
    ),
  }),
  fc.record({
    act: fc.constant('correct'),
    corrects: fc.constant(1),
    text: fc.string({ minLength: 1, maxLength: 20 }),
  }),
  fc.record({ act: fc.constant('restrict'), lift: fc.boolean() }),
  fc.constant({ act: 'erase' }),
);
const sequence = fc.array(anyAct, { minLength: 1, maxLength: 25 });

describe('The consent register: any sequence of acts', function () {
  this.timeout(60_000);
  let redis: TestRedis;
  let consent: Consent;
  let next = 20_000_000;

  before(async () => {
    redis = await startRedis(['--appendfsync', 'everysec']);
    consent = await openAt(redis.url);
  });
  after(async () => {
    consent.close();
    await redis.stop();
  });

  /** A person whom nobody has met, after these acts. */
  async function person(acts: readonly object[]): Promise<{ number: string; sid: string; stored: string[] }> {
    const number = `+371${next++}`;
    await consent.register.act({ act: 'restrict', number, method: 'web', lift: true });
    for (const act of acts) await consent.register.act({ number, method: 'web', ...act } as ActRequest);
    const sid = consent.persons.sid(number, 0);
    return { number, sid, stored: await redis.client.lrange(logKey(sid), 0, -1) };
  }
  const stateOf = async (sid: string) => foldedOf(Object.entries(await redis.client.hgetall(stateKey(sid))).flat());

  it('the folded history equals the state, and the chain verifies', async () => {
    await fc.assert(
      fc.asyncProperty(sequence, async (acts) => {
        const { number, sid, stored } = await person(acts);
        const history = await consent.register.history(number);
        const folded = stored
          .map((text) => JSON.parse(text))
          .reduce((before, act) => fold(before, act, digest(canonical(act))), NOBODY);
        expect(await stateOf(sid)).to.deep.equal(folded);
        expect(history.length).to.equal(acts.length + 1);
        expect(await consent.register.verify(number)).to.include({ valid: true, records: acts.length + 1 });
      }),
      { numRuns: RUNS },
    );
  });

  it('one altered byte anywhere is found; so is one that is missing, doubled, or put elsewhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        sequence,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (acts, one, other, flip) => {
          const { sid, stored } = await person(acts);
          const state = await stateOf(sid);
          const isWhole = (texts: readonly string[]): boolean => {
            const chain = readChain(sid, texts);
            return chain.valid && stateDiffers(chain, state) === undefined;
          };
          expect(isWhole(stored)).to.equal(true);
          const at = one % stored.length;
          const bytes = Buffer.from(stored[at] as string, 'utf8');
          const place = other % bytes.length;
          bytes[place] = (bytes[place] as number) ^ flip;
          expect(isWhole(stored.with(at, bytes.toString('utf8')))).to.equal(false);
          expect(isWhole(stored.toSpliced(at, 1))).to.equal(false);
          expect(isWhole(stored.toSpliced(at, 0, stored[at] as string))).to.equal(false);
          if (stored.length > 1) expect(isWhole([...stored].reverse())).to.equal(false);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('two writers × 1,000 acts on one person stay one chain', async () => {
    const other = await openAt(redis.url);
    const number = `+371${next++}`;
    const acts = async ({ register }: Consent): Promise<void> => {
      const one = (i: number) => register.act(i % 2 === 0 ? withdraw(number) : { ...withdraw(number, 'usage:data') });
      for (let i = 0; i < 1_000; i += 50) await Promise.all(Array.from({ length: 50 }, (_, k) => one(i + k)));
    };
    await Promise.all([acts(consent), acts(other)]);
    other.close();
    expect(await consent.register.verify(number)).to.include({ valid: true, records: 2_000 });
  });

  it('two processes × 1,000 acts on one person stay one chain', async () => {
    const number = `+371${next++}`;
    const program = fileURLToPath(new URL('../../support/consent-writer.js', import.meta.url));
    const write = () => run(process.execPath, [program, redis.url, number, '1000']);
    await Promise.all([write(), write()]);
    expect(await consent.register.verify(number)).to.include({ valid: true, records: 2_000 });
  });

  it('withdraw-all leaves no `meta:` key', async () => {
    await fc.assert(
      fc.asyncProperty(sequence, async (acts) => {
        const { number, sid } = await person(acts);
        for (const { id } of PURPOSES.purposes) await redis.client.xadd(metadataKey(sid, id), '*', 'call', 'x');
        await consent.register.act(withdraw(number));
        expect(await redis.client.keys(`meta:{${sid}}:*`)).to.deep.equal([]);
        expect((await consent.register.state(number)).pairs.filter(({ valid }) => valid)).to.deep.equal([]);
      }),
      { numRuns: RUNS },
    );
  });
});
