import { expect } from 'chai';
import { suiteApi } from '../support/real-api.js';

const PILOT = '+37167000000';
const A = '+37120000001';
const B = '+37120000002';
const GROUP = `/api/v1/groups/${PILOT}`;

describe('The API on a real Redis: groups', function () {
  this.timeout(30_000);
  const real = suiteApi();

  const make = (members: readonly string[] = [A, B]) =>
    real.ask('operator', 'putGroup', `/api/v1/groups/${PILOT}`, { json: { members } });

  it('are created, shown, changed and deleted by the rules of the Redis functions', async () => {
    expect((await make()).status).to.equal(201);
    expect((await make()).status).to.equal(200);
    const changed = await real.ask('operator', 'patchGroup', GROUP, {
      json: { policy: 'circular', ring: 30, plan: 'VIRTUALAIS', owner: 'C-1' },
    });
    expect(changed.json).to.deep.equal({ pilot: PILOT, version: 3 });
    const { json } = await real.ask('reader', 'getGroup', GROUP);
    expect(json).to.include({
      policy: 'circular',
      ring: 30,
      plan: 'VIRTUALAIS',
      owner: 'C-1',
      enabled: true,
      version: 3,
    });
    expect(json).to.deep.include({ members: [A, B], away: [], faults: [] });
    expect((await real.ask('operator', 'deleteGroup', GROUP)).status).to.equal(204);
    expect((await real.ask('operator', 'deleteGroup', GROUP)).status).to.equal(404);
    expect((await real.ask('reader', 'getGroup', GROUP)).json).to.include({ code: 'GROUP_UNKNOWN' });
  });

  it('voices are set and shown field by field: a name is null where none is wished for, and what is left out stays', async () => {
    await make();
    expect((await real.ask('reader', 'getGroup', GROUP)).json).to.not.have.property('voices');
    const set = { confirm: true, waiting: 'tone', farewell: 'standard', language: 'lv' };
    await real.ask('operator', 'patchGroup', GROUP, { json: { voices: set } });
    const { json } = await real.ask('reader', 'getGroup', GROUP);
    expect(json).to.deep.include({ voices: set, members: [A, B] });
    await real.ask('operator', 'patchGroup', GROUP, { json: { voices: { confirm: false, waiting: null } } });
    const after = await real.ask<{ groups: unknown[] }>('reader', 'listGroups', '/api/v1/groups');
    expect(after.json.groups[0]).to.deep.include({ voices: { ...set, confirm: false, waiting: null } });
    for (const voices of [{ confirm: 'yes' }, { waiting: '../etc' }, { waiting: '' }, { loud: true }]) {
      const { status } = await real.ask('operator', 'patchGroup', GROUP, { json: { voices } });
      expect(status, JSON.stringify(voices)).to.equal(400);
    }
    expect((await real.ask('reader', 'getGroup', GROUP)).json).to.include({ version: 3 });
  });

  it('what hunt_set refuses is refused with its word, and nothing is changed', async () => {
    await make();
    for (const [change, code] of [
      [{ plan: 'NONE' }, 'PLAN'],
      [{ ring: 17 }, 'RING'],
      [{ members: [A, A] }, 'MEMBERS'],
      [{ members: [PILOT] }, 'MEMBERS'],
    ] as const) {
      const { status, json } = await real.ask('operator', 'patchGroup', GROUP, { json: change });
      expect([status, json.code], JSON.stringify(change)).to.deep.equal([422, code]);
    }
    expect((await real.ask('reader', 'getGroup', GROUP)).json).to.include({ version: 1 });
  });

  it('PATCH makes no group that is not there', async () => {
    const { status, json } = await real.ask('operator', 'patchGroup', GROUP, { json: { members: [A] } });
    expect([status, json.code]).to.deep.equal([404, 'GROUP_UNKNOWN']);
    expect(await real.redis.client.keys('*')).to.deep.equal([]);
  });

  it('the audit says which token changed them', async () => {
    await make();
    await real.ask('operator', 'addMember', `${GROUP}/members`, { json: { member: '+37120000003' } });
    await real.ask('operator', 'setAway', `${GROUP}/members/${encodeURIComponent(A)}/away`, { json: { for: '2h' } });
    await real.ask('operator', 'endAway', `${GROUP}/members/${encodeURIComponent(A)}/away`);
    await real.ask('operator', 'deleteGroup', GROUP);
    const { json } = await real.ask<{ changes: { by: string; what: string }[]; next: string | null }>(
      'reader',
      'auditOfGroup',
      `${GROUP}/audit?limit=3`,
    );
    const rest = await real.ask<typeof json>('reader', 'auditOfGroup', `${GROUP}/audit?limit=3&cursor=${json.next}`);
    expect([...json.changes, ...rest.json.changes].map(({ by, what }) => [by, what])).to.deep.equal([
      ['the-operator', 'hunt_del'],
      ['the-operator', 'hunt_back'],
      ['the-operator', 'hunt_away'],
      ['the-operator', 'hunt_members'],
      ['the-operator', 'hunt_set'],
    ]);
    expect(rest.json.next).to.equal(null);
  });

  it('members are added, moved, removed, away and back; a SIP URI, too', async () => {
    await make();
    const uri = 'sip:anna@10.1.0.9:5070;transport=tcp';
    const member = `${GROUP}/members/${encodeURIComponent(uri)}`;
    expect(
      (await real.ask('operator', 'addMember', `${GROUP}/members`, { json: { member: uri } })).json.members,
    ).to.deep.equal([A, B, uri]);
    expect((await real.ask('operator', 'moveMember', member, { json: { position: 1 } })).json.members).to.deep.equal([
      uri,
      A,
      B,
    ]);
    expect((await real.ask('operator', 'moveMember', member, { json: { position: 9 } })).json.code).to.equal(
      'POSITION',
    );
    const until = new Date(Date.now() + 3_600_000);
    const riga = `${new Date(until.getTime() + 7_200_000).toISOString().slice(0, 19)}+02:00`;
    const away = await real.ask('operator', 'setAway', `${member}/away`, {
      json: { until: riga, reason: 'lunch; then a nap' },
    });
    expect(away.json).to.include({ until: `${until.toISOString().slice(0, 19)}Z`, reason: 'lunch; then a nap' });
    const next = await real.ask<{ members: { member: string; why: string | null }[] }>(
      'reader',
      'nextOfGroup',
      `${GROUP}/next?lang=lv`,
    );
    expect(next.json.members.map(({ member: one, why }) => [one, why])).to.deep.equal([
      [A, null],
      [B, null],
      [uri, 'away'],
    ]);
    expect(
      (await real.ask('operator', 'setAway', `${member}/away`, { json: { for: '2h', until: riga } })).status,
    ).to.equal(400);
    expect((await real.ask('operator', 'setAway', `${member}/away`, { json: { for: '999d' } })).json.code).to.equal(
      'TIME',
    );
    expect((await real.ask('operator', 'endAway', `${member}/away`)).status).to.equal(204);
    expect((await real.ask('operator', 'endAway', `${member}/away`)).status).to.equal(404);
    expect((await real.ask('operator', 'removeMember', member)).json.members).to.deep.equal([A, B]);
  });

  it('a list of them comes whole, page by page', async () => {
    const pilots = Array.from({ length: 45 }, (_, i) => `+3716700${String(1000 + i)}`);
    for (const pilot of pilots) await real.fcall('hunt_set', `hunt:{${pilot}}`, 'members', A);
    const found = new Set<string>();
    let cursor = '';
    let pages = 0;
    do {
      const { json } = await real.ask<{ groups: { pilot: string }[]; next: string | null }>(
        'reader',
        'listGroups',
        `/api/v1/groups?limit=10${cursor}`,
      );
      for (const { pilot } of json.groups) found.add(pilot);
      cursor = json.next === null ? '' : `&cursor=${json.next}`;
      pages += 1;
    } while (cursor !== '');
    expect([...found].sort()).to.deep.equal(pilots);
    expect(pages).to.be.within(2, 10);
    expect((await real.ask('reader', 'listGroups', '/api/v1/groups?cursor=x')).json).to.include({
      code: 'CURSOR',
      status: 400,
    });
  });

  it('who would ring now is told without a turn being taken, and who is on a call', async () => {
    await make();
    await real.redis.client.zadd(`member:{${A}}:calls`, Date.now() + 60_000, 'a-call');
    const { json } = await real.ask<{ members: { member: string; position: number | null; why: string | null }[] }>(
      'reader',
      'nextOfGroup',
      `${GROUP}/next?caller=${B}`,
    );
    expect(json.members.map(({ member, position, why }) => [member, position, why])).to.deep.equal([
      [A, null, 'on-a-call'],
      [B, null, 'own-number'],
    ]);
    expect((await real.ask('reader', 'getGroup', GROUP)).json).to.include({ turns: 0 });
  });
});
