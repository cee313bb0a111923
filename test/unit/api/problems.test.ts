import { expect } from 'chai';
import type { ApiStore } from '../../../lib/api/context.js';
import { StoreError } from '../../../lib/store/errors.js';
import { fakeStore, startApi, type TestApi } from '../../support/api.js';

const PILOT = '+37167000000';
const refused = (text: string): StoreError => new StoreError('STORE_REFUSED', text, false);

interface Mistaken {
  readonly code: string;
  readonly mistakes: readonly { readonly place: string }[];
}

describe('API: problems (RFC 9457)', () => {
  let answer: (name: string) => unknown = () => [];
  let store: ApiStore | undefined;
  let api: TestApi;
  before(async () => {
    api = await startApi(() => store);
  });
  after(() => api.close());
  beforeEach(() => {
    store = fakeStore(async (name) => answer(name));
  });

  const refuses = (thrown: Error) => () => {
    throw thrown;
  };

  it('what a Redis function refuses has its word as the code, and its text as the detail', async () => {
    const rows: readonly (readonly [text: string, status: number, code: string])[] = [
      ['GROUP there is no group "x": create it', 404, 'GROUP_UNKNOWN'],
      ['MEMBERS members is empty', 422, 'MEMBERS'],
      ['PLAN plan "X" is not allowed', 422, 'PLAN'],
      ['KEY give exactly one key', 422, 'REFUSED'],
    ];
    for (const [text, status, code] of rows) {
      answer = refuses(refused(text));
      const { json, ...response } = await api.ask('operator', `/api/v1/groups/${PILOT}`);
      expect(response.status, text).to.equal(status);
      expect(json).to.include({ code, status, type: `/openapi#${code}`, detail: text.replace(/^[A-Z]+ /, '') });
      expect(json.title).to.be.a('string');
    }
  });

  it('Redis away, and a store that is not open yet, are 503 with Retry-After', async () => {
    answer = refuses(new StoreError('STORE_UNAVAILABLE', 'Redis: connect ECONNREFUSED 10.0.0.1', true));
    for (const given of [store, undefined]) {
      store = given;
      const { status, headers, json } = await api.ask('reader', `/api/v1/groups/${PILOT}`);
      expect(status).to.equal(503);
      expect(headers.get('retry-after')).to.match(/^\d+$/);
      expect(json).to.include({ code: 'STORE_UNAVAILABLE' });
      expect(json.detail).not.to.contain('10.0.0.1');
    }
  });

  it('an error of ours is 500, and says nothing of itself', async () => {
    answer = refuses(new Error('the secret is in here'));
    const { status, text, json } = await api.ask('reader', `/api/v1/groups/${PILOT}`);
    expect(status).to.equal(500);
    expect(json).to.include({ code: 'INTERNAL' });
    expect(text).not.to.contain('secret');
  });

  it('a filter that is not known is refused, with its place; each other mistake, too, all at once', async () => {
    const { status, json } = await api.ask<Mistaken>('reader', '/api/v1/groups?limit=0&color=red');
    expect(status).to.equal(400);
    expect(json).to.include({ code: 'INVALID' });
    expect(json.mistakes.map(({ place }) => place)).to.have.members(['query.limit', 'query.color']);
  });

  it('a body that cannot be read is a problem, too', async () => {
    const put = (body: string, type = 'application/json') =>
      api.ask<Mistaken>('operator', `/api/v1/groups/${PILOT}`, {
        method: 'PUT',
        body,
        headers: { 'content-type': type },
      });
    const codes = [
      await put('{'),
      await put('{}', 'text/plain'),
      await put(`{"x":"${'y'.repeat(70_000)}"}`),
      await put('{"color":1}'),
    ];
    expect(codes.map(({ status, json }) => [status, json.code])).to.deep.equal([
      [400, 'INVALID'],
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
      [413, 'TOO_LARGE'],
      [400, 'INVALID'],
    ]);
    expect(codes[3]?.json.mistakes.map(({ place }) => place)).to.have.members(['body.members', 'body.color']);
  });

  it('nothing at a path is 404, another method 405 with Allow, and a type that is not there 406', async () => {
    const nothing = await api.ask('reader', '/api/v1/nothing');
    expect([nothing.status, nothing.json.code]).to.deep.equal([404, 'NOT_FOUND']);
    const method = await api.ask('operator', '/api/v1/groups', { method: 'DELETE' });
    expect([method.status, method.json.code, method.headers.get('allow')]).to.deep.equal([
      405,
      'METHOD_NOT_ALLOWED',
      'GET',
    ]);
    const type = await api.ask('reader', '/api/v1/groups', { headers: { accept: 'image/png' } });
    expect([type.status, type.json.code]).to.deep.equal([406, 'NOT_ACCEPTABLE']);
  });

  it('no answer is kept on its way', async () => {
    answer = () => ['0'];
    for (const path of ['/api/v1/groups', '/api/v1/nothing']) {
      expect((await api.ask('reader', path)).headers.get('cache-control')).to.equal('no-store');
    }
  });
});
