import { expect } from 'chai';
import type { ApiStore } from '../../../lib/api/context.js';
import { formTokenOf } from '../../../lib/api/pages/operators/sessions.js';
import { documentOf } from '../../../lib/store/records/fields.js';
import { type Answered, fakeStore, type Json, secretOf, startApi, type TestApi, TOKENS } from '../../support/api.js';
import { recordOf } from '../../support/store.js';

const HTML = { 'content-type': 'application/x-www-form-urlencoded' };
const HOSTILE = '<script>alert(1)</script>"\'&';

/** The entry of a record as hunt_calls gives it. */
const entryOf = (record: ReturnType<typeof recordOf>, id: string) => [
  id,
  (JSON.parse(documentOf(record)) as [string[]])[0],
];

describe('Pages of operators', () => {
  const kept = new Map<string, string>();
  let store: ApiStore | undefined;
  let api: TestApi;
  const record = { ...recordOf('call-1'), callId: HOSTILE, hidden: false };
  const said = { status: 486, phrase: HOSTILE, reason: null, warning: null };
  const hostile = {
    ...record,
    attempts: record.attempts.map((one) => ({ ...one, why: 'failed', status: 500, said: { ...said, status: 500 } })),
  };

  const opened = fakeStore(async (name, args) => {
    const key = String(args[0]);
    if (name === 'SET') kept.set(key, String(args[1]));
    if (name === 'GET') return kept.get(key) ?? null;
    if (name === 'DEL') kept.delete(key);
    if (name === 'XREVRANGE') return String(args[1]) === '+' ? [entryOf(hostile, '1-0')] : [];
    if (name === 'hunt_calls' && args[1] === 'call') return args[2] === 'call-1' ? [entryOf(hostile, '1-0')] : [];
    return [];
  });

  before(async () => {
    api = await startApi(() => store);
  });
  after(() => api.close());
  beforeEach(() => {
    store = opened;
    kept.clear();
  });

  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    api.ask(undefined, path, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { ...HTML, ...headers },
    });
  const signIn = (secret: string, to = '/calls', headers: Record<string, string> = {}) =>
    post('/sign-in', { token: secret, to }, headers);
  const cookieIn = ({ headers }: Answered<Json>): string => headers.get('set-cookie')?.split(';')[0] ?? '';
  const asSupport = async (): Promise<{ cookie: string }> => ({ cookie: cookieIn(await signIn(secretOf('support'))) });

  it('who has not signed in does so first, and comes back to where he was', async () => {
    const { status, headers } = await api.ask(undefined, '/calls/call-1?lang=lv');
    expect(status).to.equal(303);
    expect(headers.get('location')).to.equal('/sign-in?lang=lv&to=%2Fcalls%2Fcall-1%3Flang%3Dlv');
    const page = await api.ask(undefined, headers.get('location') ?? '');
    expect(page.text).to.contain('value="/calls/call-1?lang=lv"').and.to.contain('type="password"');
    const { status: then, headers: there } = await signIn(secretOf('reader'), '/calls/call-1?lang=lv');
    expect([then, there.get('location')]).to.deep.equal([303, '/calls/call-1?lang=lv']);
  });

  it('signing in leads to pages of ours alone', async () => {
    for (const to of [
      'https://evil.example/',
      '//evil.example',
      '/calls//evil.example',
      '/calls.evil',
      '/api/v1/groups',
      '/calls\r\nx: y',
    ])
      expect((await signIn(secretOf('reader'), to)).headers.get('location'), to).to.equal('/calls');
  });

  it('the session is a cookie that scripts and other sites do not get, known to Redis by its digest alone', async () => {
    const answer = await signIn(secretOf('support'));
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).to.match(/^operator=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    const [, id = ''] = /operator=([\w-]+)/.exec(cookie) ?? [];
    expect(JSON.stringify([...kept]))
      .not.to.contain(id)
      .and.not.to.contain(secretOf('support'));
    expect(answer.text).not.to.contain(id);
  });

  it('over TLS, as a trusted proxy says, the cookie is __Host- and Secure; what others say is not believed', async () => {
    const secure = await startApi(() => store, {}, ['127.0.0.1']);
    try {
      const headers = { ...HTML, 'x-forwarded-proto': 'https' };
      const body = new URLSearchParams({ token: secretOf('support') }).toString();
      const answer = await secure.ask(undefined, '/sign-in', { method: 'POST', body, headers });
      expect(answer.headers.get('set-cookie')).to.match(
        /^__Host-operator=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
      );
      expect(answer.headers.get('strict-transport-security')).to.match(/^max-age=/);
    } finally {
      await secure.close();
    }
    expect(
      (await signIn(secretOf('support'), '/calls', { 'x-forwarded-proto': 'https' })).headers.get('set-cookie'),
    ).to.match(/^operator=/);
  });

  it('a token that is not known, or whose role may not read calls, gets the form again', async () => {
    for (const secret of ['nobody-0123456789abcdef', '', secretOf('billing')]) {
      const { status, text, headers } = await signIn(secret);
      expect(status).to.equal(403);
      expect(text).to.contain('role="alert"');
      expect(headers.get('set-cookie')).to.equal(null);
    }
  });

  it('the last calls and a call are shown; what others wrote stands there as text', async () => {
    const headers = await asSupport();
    const list = await api.ask(undefined, '/calls', { headers });
    expect(list.status).to.equal(200);
    expect(list.text).to.contain('href="/calls/call-1?lang=en"').and.to.contain('+37120000009');
    const call = await api.ask(undefined, '/calls/call-1?lang=lv', { headers });
    expect(call.text).to.contain('<svg').and.to.contain('<html lang="lv">').and.to.contain('Iziet');
    for (const { text } of [list, call]) expect(text).not.to.contain('<script');
    expect(call.text).to.contain('&lt;script');
    const nothing = await api.ask(undefined, '/calls/nothing', { headers });
    expect(nothing.status).to.equal(404);
    expect(nothing.headers.get('content-type')).to.match(/^text\/html/);
  });

  it('whole numbers are for those who see callers', async () => {
    const path = '/calls/call-1?numbers=whole';
    expect((await api.ask(undefined, path, { headers: await asSupport() })).text).to.contain('+37120000009');
    const reader = { cookie: cookieIn(await signIn(secretOf('reader'))) };
    expect((await api.ask(undefined, path, { headers: reader })).status).to.equal(403);
    for (const shown of ['/calls', '/calls/call-1']) {
      const { status, text } = await api.ask(undefined, shown, { headers: reader });
      expect([status, text.includes('+37120000009')], shown).to.deep.equal([200, false]);
    }
  });

  it('what is searched is a group by its number, else a call', async () => {
    const headers = await asSupport();
    expect((await api.ask(undefined, '/calls?find=a%2Fb%40c', { headers })).headers.get('location')).to.equal(
      '/calls/a%2Fb%40c?lang=en',
    );
    expect((await api.ask(undefined, '/calls?find=%2B371%2067-000-000', { headers })).text).to.contain('+37167000000');
  });

  it('a page runs nothing, is framed by nobody, kept by no cache, and asks no other host', async () => {
    const headers = await asSupport();
    for (const path of ['/calls', '/calls/call-1', '/sign-in', '/openapi']) {
      const { headers: given, text } = await api.ask(undefined, path, { headers });
      expect(given.get('content-security-policy'), path)
        .to.match(/^default-src 'none';/)
        .and.not.to.contain('unsafe');
      expect(given.get('content-security-policy')).to.contain("frame-ancestors 'none'");
      expect(given.get('cache-control')).to.contain('no-store');
      expect(text).not.to.match(/<script|\son\w+=|style="|(?:src|href)="(?:https?:)?\/\//);
    }
  });

  it('signing out ends the session everywhere; another site cannot do it, nor sign somebody in', async () => {
    const headers = await asSupport();
    const id = headers.cookie.replace('operator=', '');
    const form = formTokenOf(id);
    for (const [fields, more] of [
      [{}, {}],
      [{ form: 'x' }, {}],
      [{ form }, { 'sec-fetch-site': 'cross-site' }],
      [{ form }, { origin: 'https://evil.example' }],
    ] as [Record<string, string>, Record<string, string>][])
      expect((await post('/sign-out', fields, { ...headers, ...more })).status).to.equal(403);
    expect((await signIn(secretOf('support'), '/calls', { origin: 'https://evil.example' })).status).to.equal(403);
    expect((await api.ask(undefined, '/calls', { headers })).status).to.equal(200);
    const out = await post('/sign-out', { form }, { ...headers, 'sec-fetch-site': 'same-origin', origin: 'null' });
    expect([out.status, out.headers.get('location')]).to.deep.equal([303, '/sign-in']);
    expect(out.headers.get('set-cookie')).to.match(/^operator=; .*(?:Max-Age=0|Expires=Thu, 01 Jan 1970)/);
    expect((await api.ask(undefined, '/calls', { headers })).status).to.equal(303);
  });

  it('a session ends with its token: taken from the configuration, or given another secret', async () => {
    const headers = await asSupport();
    const [, ...others] = TOKENS.filter(({ role }) => role !== 'support');
    const other = { name: 'the-support', role: 'operator' as const, secret: 'another-0123456789abcdef' };
    for (const tokens of [others, [...others, other]]) {
      const later = await startApi(() => store, { tokens });
      try {
        expect((await later.ask(undefined, '/calls', { headers })).status).to.equal(303);
      } finally {
        await later.close();
      }
    }
  });

  it('a session is no token: it opens nothing of the API', async () => {
    const headers = await asSupport();
    expect((await api.ask(undefined, '/api/v1/calls', { headers })).status).to.equal(401);
  });

  it('with the store away the page says so', async () => {
    const headers = await asSupport();
    store = undefined;
    const { status, headers: given, text } = await api.ask(undefined, '/calls', { headers });
    expect(status).to.equal(503);
    expect(given.get('retry-after')).to.match(/^\d+$/);
    expect(text).to.contain('<html');
  });
});

describe('The page of the API', () => {
  it('names every operation, parameter, schema and problem, each at its place', async () => {
    const api = await startApi(() => undefined);
    try {
      const { text } = await api.ask(undefined, '/openapi');
      const { json } = await api.ask<{ paths: object; components: { schemas: object } }>(undefined, '/openapi.json');
      for (const methods of Object.values(json.paths) as Record<
        string,
        { operationId: string; parameters: { name: string }[] }
      >[]) {
        for (const { operationId, parameters } of Object.values(methods)) {
          expect(text).to.contain(`id="${operationId}"`).and.to.contain(`href="#${operationId}"`);
          for (const { name } of parameters) expect(text).to.contain(`<code>${name}</code>`);
        }
      }
      for (const name of Object.keys(json.components.schemas)) expect(text).to.contain(`id="schema-${name}"`);
      const problem = await api.ask<{ type: string }>(undefined, '/api/v1/calls');
      expect(text).to.contain(`id="${problem.json.type.split('#')[1]}"`);
    } finally {
      await api.close();
    }
  });
});
