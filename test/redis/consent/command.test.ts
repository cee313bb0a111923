import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { virkne } from '../../support/command.js';
import { CONSENT } from '../../support/consent.js';
import { startRedis, type TestRedis } from '../../support/redis.js';
import { directory, remove } from '../../support/store.js';

const ANNA = '+37120000001';

describe('virkne consent: the register on the command line', function () {
  this.timeout(60_000);
  let redis: TestRedis;
  let path: string;
  let env: Record<string, string>;
  const consent = (...args: string[]) => virkne(env, 'consent', ...args);
  const granting = ['--notice', 'offers@1', '--lang', 'lv', '--method', 'web'];

  before(async () => {
    redis = await startRedis();
    path = directory();
    const file = join(path, 'site.json');
    writeFileSync(file, JSON.stringify({ consent: CONSENT }));
    env = { VIRKNE_CONFIG: file, REDIS_URL: redis.url };
  });
  after(async () => {
    await redis.stop();
    remove(path);
  });

  it('grants, checks, shows, withdraws, tells the history, exports and verifies; check ends with 0 only when processing is allowed', async () => {
    expect((await consent('check', ANNA, 'offers:sms')).code).to.equal(1);
    const granted = await consent(
      'grant',
      ANNA,
      'offers:sms',
      'offers:email',
      ...granting,
      '--request',
      'r1',
      '--json',
    );
    expect(granted, granted.err).to.include({ code: 0 });
    const receipt = join(path, 'receipt.json');
    writeFileSync(receipt, granted.out);
    expect(
      (await consent('grant', ANNA, 'offers:sms', 'offers:email', ...granting, '--request', 'r1', '--json')).out,
    ).to.equal(granted.out);
    expect(await consent('check', ANNA, 'offers:sms')).to.include({ code: 0, out: 'allowed\n' });
    expect((await consent('check', ANNA, 'offers:call')).code).to.equal(1);
    expect((await consent('check', ANNA, 'usage', '--json')).out).to.contain('PENDING');
    const shown = JSON.parse((await consent('show', ANNA, '--json')).out) as {
      pairs: { pair: string; valid: boolean }[];
    };
    expect(shown.pairs.filter(({ valid }) => valid).map(({ pair }) => pair)).to.deep.equal([
      'offers:email',
      'offers:sms',
    ]);
    expect(await consent('withdraw', ANNA, 'all', '--method', 'call')).to.include({ code: 0 });
    expect((await consent('check', ANNA, 'offers:sms')).code).to.equal(1);
    const acts = JSON.parse((await consent('history', ANNA, '--json')).out) as { act: string; by: string }[];
    expect(acts.map(({ act, by }) => [act, by])).to.deep.equal([
      ['grant', 'operator:anna'],
      ['withdraw', 'operator:anna'],
    ]);
    expect(JSON.parse((await consent('as-of', ANNA, '1h', '--json')).out)).to.include({ seq: 0 });
    const exported = JSON.parse((await consent('export', ANNA, '--json')).out) as { register: { history: unknown[] } };
    expect(exported.register.history).to.have.length(2);
    expect(await consent('verify', ANNA, '--receipt', receipt)).to.include({ code: 0 });
    const [list = ''] = await redis.client.keys('consent:*:log');
    await redis.client.lset(list, 0, '{}');
    expect((await consent('verify', ANNA)).code).to.equal(1);
  });

  it('is read with redis-cli, too: the functions are on the server', async () => {
    const [state = ''] = await redis.client.keys('consent:*:state');
    expect(await redis.client.call('FCALL_RO', 'consent_show', 1, state)).to.include('#seq');
    expect(await redis.client.call('FCALL_RO', 'consent_history', 1, state.replace('state', 'log'))).to.have.length(2);
  });

  it('refusals end with 1 and their reason, wrong usage with 2, Redis away with 3; nothing says the number', async () => {
    const told: string[] = [];
    const ends = async (code: number, reason: string, ...args: string[]): Promise<void> => {
      const said = await consent(...args);
      expect(said.code, `${args.join(' ')}: ${said.err}`).to.equal(code);
      expect(said.err).to.contain(reason);
      told.push(said.err, said.out);
    };
    await ends(1, 'PURPOSE_UNKNOWN', 'grant', ANNA, 'gossip:data', ...granting);
    await ends(1, 'WILDCARD', 'grant', ANNA, 'offers:*', ...granting);
    await ends(1, 'NOTICE_UNKNOWN', 'grant', ANNA, 'offers:sms', '--notice', 'offers@7', '--lang', 'lv');
    await ends(1, 'NUMBER_INVALID', 'show', 'Anna');
    await ends(2, '--notice', 'grant', ANNA, 'offers:sms', '--lang', 'lv');
    await ends(2, 'method', 'withdraw', ANNA, 'all', '--method', 'telepathy');
    await ends(2, 'unknown command', 'forget', ANNA);
    const off = await virkne({ REDIS_URL: redis.url }, 'consent', 'show', ANNA);
    expect(off).to.include({ code: 1 });
    expect(off.err).to.contain('REGISTER_OFF');
    env = { ...env, REDIS_URL: 'redis://127.0.0.1:1/0' };
    await ends(3, 'STORE_UNAVAILABLE', 'show', ANNA);
    expect(told.join('\n')).not.to.contain('20000001');
  });
});
