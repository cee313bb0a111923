import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { RIGHTS, ROLES } from '../../../lib/api/roles.js';
import { Tokens } from '../../../lib/api/tokens.js';
import { fakeStore, secretOf, startApi, type TestApi } from '../../support/api.js';

const PILOT = '+37167000000';
const GROUP = [
  'policy',
  'linear',
  'ring',
  '20',
  'plan',
  'BIZNESS',
  'enabled',
  'yes',
  'version',
  '1',
  'members',
  '+37120000001',
];

const store = fakeStore(async (name) => {
  if (name === 'hunt_get') return [...GROUP, 'cursor', '0', 'turns', '0'];
  if (name === 'hunt_set') return ['OK', 2];
  return [];
});

describe('API: who comes in', () => {
  let api: TestApi;
  before(async () => {
    api = await startApi(() => store);
  });
  after(() => api.close());

  const group = `/api/v1/groups/${PILOT}`;

  it('whoever shows no token is told the scheme, and no error (RFC 6750 §3.1)', async () => {
    const { status, headers, json } = await api.ask(undefined, group);
    expect(status).to.equal(401);
    expect(headers.get('www-authenticate')).to.equal('Bearer realm="virkne"');
    expect(headers.get('content-type')).to.match(/^application\/problem\+json/);
    expect(json).to.include({ code: 'UNAUTHENTICATED', status: 401, type: '/openapi#UNAUTHENTICATED' });
  });

  it('a token that is not known, or no bearer token, is invalid_token (RFC 6750 §3.1)', async () => {
    for (const authorization of [
      'Bearer nobody-0123456789abcdef',
      'Basic dXNlcjpwYXNz',
      'Bearer',
      `Bearer ${secretOf('reader')} x`,
    ]) {
      const { status, headers } = await api.ask(undefined, group, { headers: { authorization } });
      expect(status, authorization).to.equal(401);
      expect(headers.get('www-authenticate')).to.equal('Bearer realm="virkne", error="invalid_token"');
    }
  });

  it('a token is taken from its header alone: in a URL or a cookie it lets nobody in', async () => {
    const secret = secretOf('operator');
    expect((await api.ask(undefined, `${group}?access_token=${secret}`)).status).to.equal(401);
    expect((await api.ask(undefined, `${group}?token=${secret}`)).status).to.equal(401);
    expect((await api.ask(undefined, group, { headers: { cookie: `access_token=${secret}` } })).status).to.equal(401);
    expect((await api.ask('operator', `${group}?access_token=${secret}`)).status).to.equal(400);
  });

  it('the scheme is read in any case (RFC 9110 §11.1)', async () => {
    const headers = { authorization: `bearer ${secretOf('reader')}` };
    expect((await api.ask(undefined, group, { headers })).status).to.equal(200);
  });

  it('a token may be configured by its SHA-256 alone', () => {
    const sha256 = createHash('sha256').update('a-secret-0123456789').digest('hex');
    const tokens = new Tokens([{ name: 'one', role: 'reader', sha256: sha256.toUpperCase() }]);
    expect(tokens.find('a-secret-0123456789')).to.deep.equal({ name: 'one', role: 'reader' });
    expect(tokens.find(sha256)).to.equal(undefined);
    expect(tokens.find('')).to.equal(undefined);
  });

  it('a role does what its row of rights says, and 403 names the scope (RFC 6750 §3.1)', async () => {
    for (const role of ROLES) {
      const { status, headers, json } = await api.ask(role, group, { method: 'PATCH', json: { ring: 20 } });
      const may = RIGHTS[role].includes('change');
      expect(status, role).to.equal(may ? 200 : 403);
      if (may) continue;
      expect(headers.get('www-authenticate')).to.equal(
        'Bearer realm="virkne", error="insufficient_scope", scope="change"',
      );
      expect(json).to.include({ code: 'FORBIDDEN' });
    }
  });

  it('strangers learn neither what there is nor what is not: every path below /api wants a token', async () => {
    expect((await api.ask(undefined, '/api/v1/nothing')).status).to.equal(401);
    expect((await api.ask(undefined, '/api/v1/groups', { method: 'POST', json: {} })).status).to.equal(401);
  });

  it('the body of a stranger is not read', async () => {
    const { status } = await api.ask(undefined, group, {
      method: 'PUT',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect(status).to.equal(401);
  });

  describe('requests within a minute', () => {
    it('beyond those of a token there is 429 with Retry-After, and another token still comes in', async () => {
      const few = await startApi(() => store, { limits: { address: 100, token: 2 } });
      try {
        const ask = () => few.ask('reader', group);
        expect((await ask()).status).to.equal(200);
        expect((await ask()).status).to.equal(200);
        const { status, headers, json } = await ask();
        expect(status).to.equal(429);
        expect(Number(headers.get('retry-after'))).to.be.within(1, 60);
        expect(json).to.include({ code: 'TOO_MANY_REQUESTS' });
        expect((await few.ask('support', group)).status).to.equal(200);
      } finally {
        await few.close();
      }
    });

    it('beyond those of an address nobody guesses on, and documents count, too', async () => {
      const few = await startApi(() => store, { limits: { address: 3, token: 100 } });
      try {
        const guess = (n: number) => few.ask(undefined, group, { headers: { authorization: `Bearer guess-${n}` } });
        expect([(await guess(1)).status, (await guess(2)).status]).to.deep.equal([401, 401]);
        expect((await few.ask(undefined, '/openapi.json')).status).to.equal(200);
        expect((await guess(3)).status).to.equal(429);
        expect((await few.ask(undefined, '/openapi.json')).status).to.equal(429);
        expect((await few.ask(undefined, '/healthz')).status).to.equal(200);
      } finally {
        await few.close();
      }
    });
  });
});
