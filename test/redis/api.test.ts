import { expect } from 'chai';
import { ROUTES } from '../../lib/api/part.js';
import type { Role } from '../../lib/api/roles.js';
import type { Store } from '../../lib/store/open-store.js';
import { documentOf } from '../../lib/store/records/fields.js';
import type { CallRecord } from '../../lib/store/types.js';
import { type Answered, type Json, startApi, type TestApi } from '../support/api.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { directory, open, recordOf, remove } from '../support/store.js';

const PILOT = '+37167000000';
const OTHER = '+37167000001';
const A = '+37120000001';
const B = '+37120000002';
const CALLER = '+37120000009';
const GROUP = `/api/v1/groups/${PILOT}`;

interface Calls {
  readonly calls: readonly { readonly id: string; readonly call: string; readonly caller: string | null }[];
  readonly next: string | null;
}

describe('The API on a real Redis', function () {
  this.timeout(30_000);
  let redis: TestRedis;
  let path: string;
  let store: Store;
  let api: TestApi;

  before(async () => {
    redis = await startRedis();
    path = directory();
    store = await open(redis.url, path);
    api = await startApi(() => store);
  });
  beforeEach(() => redis.client.flushall());
  after(async () => {
    await api.close();
    await store.close();
    remove(path);
    await redis.stop();
  });

  const fcall = (name: string, key: string, ...args: (string | number)[]): Promise<unknown> =>
    redis.client.call('FCALL', name, 1, key, ...args);
  const add = (...records: CallRecord[]): Promise<unknown> =>
    fcall('record_add', 'records', 'test', '', ...records.map(documentOf));
  /** Asks, and holds a JSON answer to the schema that the document names for it. */
  const ask = async <Body = Json>(
    role: Role,
    id: string,
    path: string,
    init: Parameters<TestApi['ask']>[2] = {},
  ): Promise<Answered<Body>> => {
    const route = ROUTES.find((one) => one.id === id);
    const answer = await api.ask<Body>(role, path, { method: route?.method ?? 'GET', ...init });
    const schema = route?.answers[answer.status]?.json?.schema;
    if (schema !== undefined && /^application\/json/.test(answer.headers.get('content-type') ?? ''))
      expect(schema.safeParse(answer.json).error, `${id} ${answer.text}`).to.equal(undefined);
    return answer;
  };
  const make = (pilot = PILOT, members = [A, B]) =>
    ask('operator', 'putGroup', `/api/v1/groups/${pilot}`, { json: { members } });

  describe('groups', () => {
    it('are created, shown, changed and deleted by the rules of the Redis functions', async () => {
      expect((await make()).status).to.equal(201);
      expect((await make()).status).to.equal(200);
      const changed = await ask('operator', 'patchGroup', GROUP, {
        json: { policy: 'circular', ring: 30, plan: 'VIRTUALAIS', owner: 'C-1' },
      });
      expect(changed.json).to.deep.equal({ pilot: PILOT, version: 3 });
      const { json } = await ask('reader', 'getGroup', GROUP);
      expect(json).to.include({
        policy: 'circular',
        ring: 30,
        plan: 'VIRTUALAIS',
        owner: 'C-1',
        enabled: true,
        version: 3,
      });
      expect(json).to.deep.include({ members: [A, B], away: [], faults: [] });
      expect((await ask('operator', 'deleteGroup', GROUP)).status).to.equal(204);
      expect((await ask('operator', 'deleteGroup', GROUP)).status).to.equal(404);
      expect((await ask('reader', 'getGroup', GROUP)).json).to.include({ code: 'GROUP_UNKNOWN' });
    });

    it('what hunt_set refuses is refused with its word, and nothing is changed', async () => {
      await make();
      for (const [change, code] of [
        [{ plan: 'NONE' }, 'PLAN'],
        [{ ring: 17 }, 'RING'],
        [{ members: [A, A] }, 'MEMBERS'],
        [{ members: [PILOT] }, 'MEMBERS'],
      ] as const) {
        const { status, json } = await ask('operator', 'patchGroup', GROUP, { json: change });
        expect([status, json.code], JSON.stringify(change)).to.deep.equal([422, code]);
      }
      expect((await ask('reader', 'getGroup', GROUP)).json).to.include({ version: 1 });
    });

    it('PATCH makes no group that is not there', async () => {
      const { status, json } = await ask('operator', 'patchGroup', GROUP, { json: { members: [A] } });
      expect([status, json.code]).to.deep.equal([404, 'GROUP_UNKNOWN']);
      expect(await redis.client.keys('*')).to.deep.equal([]);
    });

    it('the audit says which token changed them', async () => {
      await make();
      await ask('operator', 'addMember', `${GROUP}/members`, { json: { member: '+37120000003' } });
      await ask('operator', 'deleteGroup', GROUP);
      const { json } = await ask<{ changes: { by: string; what: string }[]; next: string | null }>(
        'reader',
        'auditOfGroup',
        `${GROUP}/audit?limit=2`,
      );
      const rest = await ask<typeof json>('reader', 'auditOfGroup', `${GROUP}/audit?limit=2&cursor=${json.next}`);
      expect([...json.changes, ...rest.json.changes].map(({ by, what }) => [by, what])).to.deep.equal([
        ['the-operator', 'hunt_del'],
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
        (await ask('operator', 'addMember', `${GROUP}/members`, { json: { member: uri } })).json.members,
      ).to.deep.equal([A, B, uri]);
      expect((await ask('operator', 'moveMember', member, { json: { position: 1 } })).json.members).to.deep.equal([
        uri,
        A,
        B,
      ]);
      expect((await ask('operator', 'moveMember', member, { json: { position: 9 } })).json.code).to.equal('POSITION');
      const until = new Date(Date.now() + 3_600_000);
      const riga = `${new Date(until.getTime() + 7_200_000).toISOString().slice(0, 19)}+02:00`;
      const away = await ask('operator', 'setAway', `${member}/away`, {
        json: { until: riga, reason: 'lunch; then a nap' },
      });
      expect(away.json).to.include({ until: `${until.toISOString().slice(0, 19)}Z`, reason: 'lunch; then a nap' });
      const next = await ask<{ members: { member: string; why: string | null }[] }>(
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
        (await ask('operator', 'setAway', `${member}/away`, { json: { for: '2h', until: riga } })).status,
      ).to.equal(400);
      expect((await ask('operator', 'setAway', `${member}/away`, { json: { for: '999d' } })).json.code).to.equal(
        'TIME',
      );
      expect((await ask('operator', 'endAway', `${member}/away`)).status).to.equal(204);
      expect((await ask('operator', 'endAway', `${member}/away`)).status).to.equal(404);
      expect((await ask('operator', 'removeMember', member)).json.members).to.deep.equal([A, B]);
    });

    it('a list of them comes whole, page by page', async () => {
      const pilots = Array.from({ length: 45 }, (_, i) => `+3716700${String(1000 + i)}`);
      for (const pilot of pilots) await fcall('hunt_set', `hunt:{${pilot}}`, 'members', A);
      const found = new Set<string>();
      let cursor = '';
      let pages = 0;
      do {
        const { json } = await ask<{ groups: { pilot: string }[]; next: string | null }>(
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
      expect((await ask('reader', 'listGroups', '/api/v1/groups?cursor=x')).json).to.include({
        code: 'CURSOR',
        status: 400,
      });
    });

    it('who would ring now is told without a turn being taken, and who is on a call', async () => {
      await make();
      await redis.client.zadd(`member:{${A}}:calls`, Date.now() + 60_000, 'a-call');
      const { json } = await ask<{ members: { member: string; position: number | null; why: string | null }[] }>(
        'reader',
        'nextOfGroup',
        `${GROUP}/next?caller=${B}`,
      );
      expect(json.members.map(({ member, position, why }) => [member, position, why])).to.deep.equal([
        [A, null, 'on-a-call'],
        [B, null, 'own-number'],
      ]);
      expect((await ask('reader', 'getGroup', GROUP)).json).to.include({ turns: 0 });
    });
  });

  describe('calls', () => {
    const HOUR = 3_600_000;
    const start = Date.now() - 2 * HOUR;
    const at = (minute: number) => ({ started: start + minute * 60_000, ended: start + minute * 60_000 + 30_000 });
    const some = (count: number, more: Partial<CallRecord> = {}): CallRecord[] =>
      Array.from({ length: count }, (_, i) => ({ ...recordOf(`call-${i}`), ...at(i), ...more }));
    const list = async (query: string, role: Role = 'support') =>
      (await ask<Calls>(role, 'listCalls', `/api/v1/calls${query}`)).json;
    const names = ({ calls }: Calls): string[] => calls.map(({ call }) => call);
    const iso = (minute: number): string => new Date(start + minute * 60_000).toISOString();

    it('are found by group, member and caller together, the newest first; since is inclusive, until is not', async () => {
      const [first = recordOf('x'), second = first, ...rest] = some(5);
      await add(first, { ...second, pilot: OTHER }, ...rest);
      expect(names(await list(''))).to.deep.equal(['call-4', 'call-3', 'call-2', 'call-1', 'call-0']);
      expect(names(await list(`?pilot=${PILOT}`))).to.deep.equal(['call-4', 'call-3', 'call-2', 'call-0']);
      expect(names(await list(`?member=%2B37120000001&pilot=${OTHER}`))).to.deep.equal(['call-1']);
      expect(names(await list(`?caller=${CALLER}&limit=2`))).to.deep.equal(['call-4', 'call-3']);
      expect(names(await list(`?since=${iso(1)}&until=${iso(3)}`))).to.deep.equal(['call-2', 'call-1']);
    });

    it('a time without its offset is refused: an hour of October comes twice', async () => {
      for (const time of ['2026-10-25T03:30:00', '2026-10-25', '1d', '2026-02-30T00:00Z']) {
        const { status, json } = await ask('reader', 'listCalls', `/api/v1/calls?since=${time}`);
        expect([status, json.place], time).to.deep.equal([400, 'query.since']);
      }
      for (const time of ['2026-10-25T03:30:00+02:00', '2026-10-25T03:30:00%2B03:00', '2026-10-25T00:30Z'])
        expect((await ask('reader', 'listCalls', `/api/v1/calls?since=${time}`)).status, time).to.equal(200);
    });

    it('page borders neither skip nor double a call while others are written', async () => {
      await add(...some(25));
      const seen: string[] = [];
      let query = `?pilot=${PILOT}&limit=4`;
      for (let round = 0; ; round++) {
        const page = await list(query);
        seen.push(...names(page));
        if (page.next === null) break;
        await add({ ...recordOf(`late-${round}`), ...at(100) });
        query = `?pilot=${PILOT}&limit=4&cursor=${page.next}`;
      }
      expect(seen).to.deep.equal(
        some(25)
          .map(({ call }) => call)
          .reverse(),
      );
    });

    it('a page without matches ends and says where to go on', async () => {
      const many = some(100, { pilot: OTHER, attempts: [] });
      for (let i = 0; i < 51; i++) await add(...many.map((one, k) => ({ ...one, call: `c-${i}-${k}` })));
      await add({ ...recordOf('newest'), ...at(100) });
      const first = await list(`?limit=5&until=${iso(-1)}`);
      expect(first.calls).to.deep.equal([]);
      expect(first.next).to.match(/^\d+-\d+$/);
      expect(await list(`?limit=5&until=${iso(-1)}&cursor=${first.next}`)).to.deep.equal({ calls: [], next: null });
    });

    it('as CSV all that match come, streamed by RFC 4180, whatever the usual page is', async () => {
      for (let i = 0; i < 6; i++) await add(...some(100).map((one) => ({ ...one, call: `${one.call}-${i}` })));
      const { status, headers, text } = await ask('support', 'listCalls', `/api/v1/calls?pilot=${PILOT}`, {
        headers: { accept: 'text/csv' },
      });
      expect(status).to.equal(200);
      expect(headers.get('content-type')).to.equal('text/csv; charset=utf-8');
      expect(headers.get('content-disposition')).to.equal('attachment; filename="calls.csv"');
      expect(headers.get('transfer-encoding')).to.equal('chunked');
      const lines = text.split('\r\n');
      expect(lines.at(-1)).to.equal('');
      expect(lines[0]).to.match(/^id,call,pilot,caller,/);
      expect(new Set(lines.slice(1, -1)).size).to.equal(600);
      const bytes = await fetch(`${api.url}/api/v1/calls?format=csv&bom=yes&separator=;`, {
        headers: { authorization: 'Bearer support-0123456789abcdef' },
      });
      const excel = Buffer.from(await bytes.arrayBuffer()).toString();
      expect(excel).to.match(/^\ufeffid;call;pilot;/);
    });

    it('a number of a caller is whole for those alone who see callers: in list, record, CSV, live calls and explanation', async () => {
      const call = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0000';
      await add({ ...recordOf(call), ...at(1), presented: '+37129999999', diverted: ['+37128888888'] });
      await fcall('live_update', 'records', 'n', 1, 'c', JSON.stringify(LIVE));
      const paths = ['/api/v1/calls', `/api/v1/calls/${call}`, '/api/v1/calls?format=csv', '/api/v1/live'];
      for (const path of paths) {
        for (const role of ['reader', 'support', 'operator', 'privacy'] as const) {
          const { status, text } = await api.ask(role, path);
          expect(status, path).to.equal(200);
          expect(text.includes(CALLER), `${role} ${path}`).to.equal(role !== 'reader');
          if (role === 'reader')
            expect(text)
              .to.contain('+371…09')
              .and.not.to.match(/\+3712(9999999|8888888)/);
        }
      }
      const explain = `/api/v1/calls/${call}/explanation`;
      expect((await api.ask('reader', explain)).text).not.to.contain(CALLER);
      expect((await api.ask('support', `${explain}?numbers=whole`)).text).to.contain(CALLER);
      for (const path of [
        `${explain}?numbers=whole`,
        `/api/v1/calls?caller=${CALLER}`,
        `/api/v1/calls?format=csv&caller=${CALLER}`,
      ])
        expect((await api.ask('reader', path)).status, path).to.equal(403);
      for (const path of [...paths, explain]) expect((await api.ask('billing', path)).status, path).to.equal(403);
    });

    const LIVE = { node: 'n', pilot: PILOT, caller: CALLER, hidden: false, started: start, answered: null, member: A };

    it('a caller who asked not to be shown is shown to nobody: in list, record, CSV, live calls and explanation', async () => {
      const call = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0001';
      await add({ ...recordOf(call), ...at(1), hidden: true, presented: CALLER });
      await fcall('live_update', 'records', 'n', 1, 'c', JSON.stringify({ ...LIVE, hidden: true }));
      const explain = `/api/v1/calls/${call}/explanation`;
      for (const path of [
        '/api/v1/calls',
        `/api/v1/calls/${call}`,
        '/api/v1/calls?format=csv',
        '/api/v1/live',
        explain,
        `${explain}?numbers=whole`,
      ]) {
        for (const role of ['support', 'operator', 'privacy'] as const) {
          const { status, text } = await api.ask(role, path);
          expect(status, path).to.equal(200);
          expect(text.includes(CALLER), `${role} ${path}`).to.equal(false);
        }
      }
      expect(names(await list(`?caller=${CALLER}`))).to.deep.equal([]);
    });

    it('role privacy may have him shown, one call at a time, and it is written down before', async () => {
      const call = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0002';
      await add({ ...recordOf(call), ...at(1), hidden: true });
      const paths = [`/api/v1/calls/${call}?reveal=yes`, `/api/v1/calls/${call}/explanation?reveal=yes&numbers=whole`];
      for (const path of paths) {
        for (const role of ['reader', 'support', 'operator'] as const)
          expect((await api.ask(role, path)).status, `${role} ${path}`).to.equal(403);
      }
      expect(await redis.client.xlen('api:audit')).to.equal(0);
      for (const path of paths) expect((await api.ask('privacy', path)).text).to.contain(CALLER);
      const audit = await redis.client.xrange('api:audit', '-', '+');
      expect(audit.map(([, fields]) => fields)).to.deep.equal(
        paths.map(() => ['by', 'the-privacy', 'role', 'privacy', 'what', 'reveal', 'call', call]),
      );
      expect((await api.ask('privacy', '/api/v1/calls?reveal=yes')).status).to.equal(400);
    });

    it('one is found by its id, and by the SIP Call-ID of any of its legs', async () => {
      const call = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0003';
      await add({ ...recordOf(call), ...at(1), callId: 'a/b?c@10.0.0.1' });
      for (const id of [call, 'a/b?c@10.0.0.1', `member-leg-of-${call}`]) {
        const { json } = await ask('reader', 'getCall', `/api/v1/calls/${encodeURIComponent(id)}`);
        expect(json.call, id).to.equal(call);
      }
      const { status, json } = await ask('reader', 'getCall', '/api/v1/calls/nothing');
      expect([status, json.code]).to.deep.equal([404, 'CALL_UNKNOWN']);
    });

    it('is explained as JSON, as a text and as a page, in both languages', async () => {
      await add({ ...recordOf('call-0'), ...at(1) });
      const path = '/api/v1/calls/call-0/explanation';
      const { json } = await ask<{ phones: { sentence: string }[] }>('reader', 'explainCall', path);
      expect(json.phones).to.have.length(1);
      const accept = (type: string) => api.ask('reader', `${path}?lang=lv`, { headers: { accept: type } });
      const text = await accept('text/plain');
      expect(text.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
      expect(text.text).to.contain('+371…01');
      const page = await accept('text/html');
      expect(page.headers.get('content-type')).to.equal('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).to.contain("default-src 'none'");
      expect(page.text).to.contain('<html lang="lv">').and.to.contain('<svg');
    });

    it('live ones come page by page', async () => {
      for (const node of ['one', 'two']) {
        const calls = Array.from({ length: 30 }, (_, i) => [
          `${node}-${i}`,
          JSON.stringify({ ...LIVE, node, member: i % 2 ? A : B }),
        ]);
        await fcall('live_update', 'records', node, 30, ...calls.flat());
      }
      const seen = new Set<string>();
      let query = '?limit=10';
      for (;;) {
        const { json } = await ask<Calls>('reader', 'listLiveCalls', `/api/v1/live${query}`);
        for (const { call } of json.calls) seen.add(call);
        if (json.next === null) break;
        query = `?limit=10&cursor=${json.next}`;
      }
      expect(seen.size).to.equal(60);
      const { json } = await ask<Calls>('reader', 'listLiveCalls', `/api/v1/live?member=${A}&pilot=${PILOT}`);
      expect(json.calls).to.have.length(30);
      expect((await ask('reader', 'listLiveCalls', '/api/v1/live?cursor=abc')).json).to.include({ code: 'CURSOR' });
    });
  });

  describe('charges', () => {
    const month = new Date().toISOString().slice(0, 7);
    const last = '2025-01';
    const path = (name: string, rest = '') => `/api/v1/charges/${name}${rest}`;

    it('are given as JSON and CSV, the same bytes each time', async () => {
      await make();
      const json = await ask<{ total: number; lines: { group: string }[] }>('reader', 'getCharges', path(month));
      expect(json.json.lines.map(({ group }) => group)).to.deep.equal([PILOT]);
      expect(json.json.total).to.equal(300);
      expect(json.headers.get('virkne-month')).to.equal('open');
      expect((await ask('reader', 'getCharges', path(month))).text).to.equal(json.text);
      const csv = await ask('billing', 'getCharges', path(month), { headers: { accept: 'text/csv' } });
      expect(csv.text.split('\r\n')).to.have.length(3);
      expect(csv.headers.get('content-disposition')).to.equal(`attachment; filename="charges-${month}.csv"`);
    });

    it('a month is closed and corrected by role billing alone', async () => {
      const after = JSON.stringify({ plan: 'BIZNESS', enabled: 'yes', owner: 'C-1' });
      await redis.client.call(
        'XADD',
        `hunt:{${PILOT}}:audit`,
        '1735776000000-0',
        'what',
        'hunt_set',
        'before',
        '',
        'after',
        after,
      );
      for (const role of ['reader', 'support', 'operator', 'privacy'] as const) {
        expect((await ask(role, 'closeMonth', path(last, '/close'))).status, role).to.equal(403);
        expect((await ask(role, 'correctMonth', path(last, '/corrections'), { json: {} })).status, role).to.equal(403);
      }
      expect((await ask('billing', 'closeMonth', path(month, '/close'))).json).to.include({
        code: 'CHARGES_REFUSED',
        status: 409,
      });
      const closed = await ask('billing', 'closeMonth', path(last, '/close'));
      expect(closed.status).to.equal(200);
      expect(closed.headers.get('virkne-month')).to.equal('closed');
      expect((await ask('billing', 'closeMonth', path(last, '/close'))).text).to.equal(closed.text);
      const json = { group: PILOT, cents: -300, reason: 'never used' };
      const correct = () => ask('billing', 'correctMonth', path(last, '/corrections'), { json });
      expect([(await correct()).status, (await correct()).status]).to.deep.equal([201, 200]);
      expect((await ask<{ corrections: object }>('reader', 'getCharges', path(month))).json.corrections).to.deep.equal({
        count: 1,
        sum: -300,
      });
    });

    it('a month that is none, or has not begun, is refused', async () => {
      expect((await ask('reader', 'getCharges', path('2026-13'))).json).to.include({
        code: 'INVALID',
        place: 'path.month',
      });
      expect((await ask('reader', 'getCharges', path('2999-01'))).json).to.include({ code: 'CHARGES_REFUSED' });
    });
  });
});
