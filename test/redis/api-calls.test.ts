import { expect } from 'chai';
import type { Role } from '../../lib/api/roles.js';
import type { CallRecord } from '../../lib/store/types.js';
import { suiteApi } from '../support/real-api.js';
import { recordOf } from '../support/store.js';

const PILOT = '+37167000000';
const OTHER = '+37167000001';
const A = '+37120000001';
const B = '+37120000002';
const CALLER = '+37120000009';

interface Calls {
  readonly calls: readonly { readonly id: string; readonly call: string; readonly caller: string | null }[];
  readonly next: string | null;
}

describe('The API on a real Redis: calls', function () {
  this.timeout(30_000);
  const real = suiteApi();

  const HOUR = 3_600_000;
  const start = Date.now() - 2 * HOUR;
  const at = (minute: number) => ({ started: start + minute * 60_000, ended: start + minute * 60_000 + 30_000 });
  const some = (count: number, more: Partial<CallRecord> = {}): CallRecord[] =>
    Array.from({ length: count }, (_, i) => ({ ...recordOf(`call-${i}`), ...at(i), ...more }));
  const list = async (query: string, role: Role = 'support') =>
    (await real.ask<Calls>(role, 'listCalls', `/api/v1/calls${query}`)).json;
  const names = ({ calls }: Calls): string[] => calls.map(({ call }) => call);
  const iso = (minute: number): string => new Date(start + minute * 60_000).toISOString();

  it('are found by group, member and caller together, the newest first; since is inclusive, until is not', async () => {
    const [first = recordOf('x'), second = first, ...rest] = some(5);
    await real.add(first, { ...second, pilot: OTHER }, ...rest);
    expect(names(await list(''))).to.deep.equal(['call-4', 'call-3', 'call-2', 'call-1', 'call-0']);
    expect(names(await list(`?pilot=${PILOT}`))).to.deep.equal(['call-4', 'call-3', 'call-2', 'call-0']);
    expect(names(await list(`?member=%2B37120000001&pilot=${OTHER}`))).to.deep.equal(['call-1']);
    expect(names(await list(`?caller=${CALLER}&limit=2`))).to.deep.equal(['call-4', 'call-3']);
    expect(names(await list(`?since=${iso(1)}&until=${iso(3)}`))).to.deep.equal(['call-2', 'call-1']);
  });

  it('a time without its offset is refused: an hour of October comes twice', async () => {
    for (const time of ['2026-10-25T03:30:00', '2026-10-25', '1d', '2026-02-30T00:00Z']) {
      const { status, json } = await real.ask('reader', 'listCalls', `/api/v1/calls?since=${time}`);
      expect([status, json.place], time).to.deep.equal([400, 'query.since']);
    }
    for (const time of ['2026-10-25T03:30:00+02:00', '2026-10-25T03:30:00%2B03:00', '2026-10-25T00:30Z'])
      expect((await real.ask('reader', 'listCalls', `/api/v1/calls?since=${time}`)).status, time).to.equal(200);
  });

  it('page borders neither skip nor double a call while others are written', async () => {
    await real.add(...some(25));
    const seen: string[] = [];
    let query = `?pilot=${PILOT}&limit=4`;
    for (let round = 0; ; round++) {
      const page = await list(query);
      seen.push(...names(page));
      if (page.next === null) break;
      await real.add({ ...recordOf(`late-${round}`), ...at(100) });
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
    for (let i = 0; i < 51; i++) await real.add(...many.map((one, k) => ({ ...one, call: `c-${i}-${k}` })));
    await real.add({ ...recordOf('newest'), ...at(100) });
    const first = await list(`?limit=5&until=${iso(-1)}`);
    expect(first.calls).to.deep.equal([]);
    expect(first.next).to.match(/^\d+-\d+$/);
    expect(await list(`?limit=5&until=${iso(-1)}&cursor=${first.next}`)).to.deep.equal({ calls: [], next: null });
  });

  it('as CSV all that match come, streamed by RFC 4180, whatever the usual page is', async () => {
    for (let i = 0; i < 6; i++) await real.add(...some(100).map((one) => ({ ...one, call: `${one.call}-${i}` })));
    const { status, headers, text } = await real.ask('support', 'listCalls', `/api/v1/calls?pilot=${PILOT}`, {
      headers: { accept: 'text/csv' },
    });
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.equal('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).to.equal('attachment; filename="calls.csv"');
    expect(headers.get('transfer-encoding')).to.equal('chunked');
    expect(headers.get('trailer')).to.equal('virkne-rows');
    const lines = text.split('\r\n');
    expect(lines.at(-1)).to.equal('');
    expect(lines[0]).to.match(/^id,call,pilot,caller,/);
    expect(new Set(lines.slice(1, -1)).size).to.equal(600);
    const bytes = await fetch(`${real.api.url}/api/v1/calls?format=csv&bom=yes&separator=;`, {
      headers: { authorization: 'Bearer support-0123456789abcdef' },
    });
    const excel = Buffer.from(await bytes.arrayBuffer()).toString();
    expect(excel).to.match(/^\ufeffid;call;pilot;/);
  });

  it('a number of a caller is whole for those alone who see callers: in list, record, CSV, live calls and explanation', async () => {
    const call = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0000';
    await real.add({ ...recordOf(call), ...at(1), presented: '+37129999999', diverted: ['+37128888888'] });
    await real.fcall('live_update', 'records', 'n', 1, 'c', JSON.stringify(LIVE));
    const paths = ['/api/v1/calls', `/api/v1/calls/${call}`, '/api/v1/calls?format=csv', '/api/v1/live'];
    for (const path of paths) {
      for (const role of ['reader', 'support', 'operator', 'privacy'] as const) {
        const { status, text } = await real.api.ask(role, path);
        expect(status, path).to.equal(200);
        expect(text.includes(CALLER), `${role} ${path}`).to.equal(role !== 'reader');
        if (role === 'reader')
          expect(text)
            .to.contain('+371…09')
            .and.not.to.match(/\+3712(9999999|8888888)/);
      }
    }
    const explain = `/api/v1/calls/${call}/explanation`;
    expect((await real.api.ask('reader', explain)).text).not.to.contain(CALLER);
    expect((await real.api.ask('support', `${explain}?numbers=whole`)).text).to.contain(CALLER);
    for (const path of [
      `${explain}?numbers=whole`,
      `/api/v1/calls?caller=${CALLER}`,
      `/api/v1/calls?format=csv&caller=${CALLER}`,
    ])
      expect((await real.api.ask('reader', path)).status, path).to.equal(403);
    for (const path of [...paths, explain]) expect((await real.api.ask('billing', path)).status, path).to.equal(403);
  });

  const LIVE = { node: 'n', pilot: PILOT, caller: CALLER, hidden: false, started: start, answered: null, member: A };

  it('a caller who asked not to be shown is shown to nobody: in list, record, CSV, live calls and explanation', async () => {
    const call = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0001';
    await real.add({ ...recordOf(call), ...at(1), hidden: true, presented: CALLER });
    await real.fcall('live_update', 'records', 'n', 1, 'c', JSON.stringify({ ...LIVE, hidden: true }));
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
        const { status, text } = await real.api.ask(role, path);
        expect(status, path).to.equal(200);
        expect(text.includes(CALLER), `${role} ${path}`).to.equal(false);
      }
    }
    expect(names(await list(`?caller=${CALLER}`))).to.deep.equal([]);
  });

  it('role privacy may have him shown, one call at a time, and it is written down before', async () => {
    const call = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0002';
    await real.add({ ...recordOf(call), ...at(1), hidden: true });
    const paths = [`/api/v1/calls/${call}?reveal=yes`, `/api/v1/calls/${call}/explanation?reveal=yes&numbers=whole`];
    for (const path of paths) {
      for (const role of ['reader', 'support', 'operator'] as const)
        expect((await real.api.ask(role, path)).status, `${role} ${path}`).to.equal(403);
    }
    expect(await real.redis.client.xlen('api:audit')).to.equal(0);
    for (const path of paths) expect((await real.api.ask('privacy', path)).text).to.contain(CALLER);
    const audit = await real.redis.client.xrange('api:audit', '-', '+');
    expect(audit.map(([, fields]) => fields)).to.deep.equal(
      paths.map(() => ['by', 'the-privacy', 'role', 'privacy', 'what', 'reveal', 'call', call]),
    );
    expect((await real.api.ask('privacy', '/api/v1/calls?reveal=yes')).status).to.equal(400);
  });

  it('one is found by its id, and by the SIP Call-ID of any of its legs', async () => {
    const call = '0b6ff6ba-6d17-4d3c-9a7c-3f2a1c9d0003';
    await real.add({ ...recordOf(call), ...at(1), callId: 'a/b?c@10.0.0.1' });
    for (const id of [call, 'a/b?c@10.0.0.1', `member-leg-of-${call}`]) {
      const { json } = await real.ask('reader', 'getCall', `/api/v1/calls/${encodeURIComponent(id)}`);
      expect(json.call, id).to.equal(call);
    }
    const { status, json } = await real.ask('reader', 'getCall', '/api/v1/calls/nothing');
    expect([status, json.code]).to.deep.equal([404, 'CALL_UNKNOWN']);
  });

  it('is explained as JSON, as a text and as a page, in both languages', async () => {
    await real.add({ ...recordOf('call-0'), ...at(1) });
    const path = '/api/v1/calls/call-0/explanation';
    const { json } = await real.ask<{ phones: { sentence: string }[] }>('reader', 'explainCall', path);
    expect(json.phones).to.have.length(1);
    const accept = (type: string) => real.api.ask('reader', `${path}?lang=lv`, { headers: { accept: type } });
    const text = await accept('text/plain');
    expect(text.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    expect(text.text).to.contain('+371…01');
    const page = await accept('text/html');
    expect(page.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).to.contain("default-src 'none'");
    expect(page.text).to.contain('<html lang="lv">').and.to.contain('<svg');
  });

  it('an explanation says since when a member was on another call', async () => {
    const [busy = recordOf('x')] = some(1);
    const [attempt] = busy.attempts;
    if (attempt === undefined) throw new Error('a record without attempts');
    const other = { ...attempt, started: start, ended: start + 10 * 60_000, why: 'answered' };
    await real.add({ ...busy, call: 'other', answered: start, ended: start + 10 * 60_000, attempts: [other] });
    const free = {
      ...attempt,
      started: null,
      rang: null,
      ended: null,
      why: 'on-a-call',
      status: null,
      callIds: [],
      said: null,
    };
    await real.add({ ...recordOf('one'), ...at(5), attempts: [free] });
    const { json } = await real.ask<{ phones: { sentence: string }[] }>(
      'reader',
      'explainCall',
      '/api/v1/calls/one/explanation',
    );
    expect(json.phones[0]?.sentence).to.match(/on another call since \d\d:\d\d:\d\d/);
  });

  it('live ones come page by page', async () => {
    for (const node of ['one', 'two']) {
      const calls = Array.from({ length: 30 }, (_, i) => [
        `${node}-${i}`,
        JSON.stringify({ ...LIVE, node, member: i % 2 ? A : B }),
      ]);
      await real.fcall('live_update', 'records', node, 30, ...calls.flat());
    }
    const seen = new Set<string>();
    let query = '?limit=10';
    for (;;) {
      const { json } = await real.ask<Calls>('reader', 'listLiveCalls', `/api/v1/live${query}`);
      for (const { call } of json.calls) seen.add(call);
      if (json.next === null) break;
      query = `?limit=10&cursor=${json.next}`;
    }
    expect(seen.size).to.equal(60);
    const { json } = await real.ask<Calls>('reader', 'listLiveCalls', `/api/v1/live?member=${A}&pilot=${PILOT}`);
    expect(json.calls).to.have.length(30);
    expect((await real.ask('reader', 'listLiveCalls', '/api/v1/live?cursor=abc')).json).to.include({ code: 'CURSOR' });
  });
});
