import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createMeter } from '../../../lib/api/metrics.js';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../../lib/api/server.js';
import { CodedError } from '../../../lib/base/errors.js';
import { createLog } from '../../../lib/base/log.js';
import { FakeClock } from '../../support/fake-clock.js';

describe('HTTP: health, metrics, refusals', () => {
  const meter = createMeter();
  const clock = new FakeClock();
  let missing: string[] = [];
  let degraded: string[] = [];
  let server: HttpServer;
  let url = '';

  const options = (more: Partial<HttpServerOptions> = {}): HttpServerOptions => ({
    listen: { address: '127.0.0.1', port: 0 },
    health: () => ({ missing, degraded }),
    meter,
    clock,
    log: createLog('silent'),
    ...more,
  });

  before(async () => {
    server = createHttpServer(
      options({
        parts: [
          async (api) => {
            api.post('/groups', async (request) => request.body);
            api.get('/fails', () => {
              throw new Error('the secret is in here');
            });
          },
        ],
      }),
    );
    url = await server.start();
  });
  after(() => server.close());
  beforeEach(() => {
    missing = [];
    degraded = [];
  });

  it('/healthz is 200 while the process lives, also when no call would be served', async () => {
    missing = ['redis: not connected'];
    expect((await fetch(`${url}/healthz`)).status).to.equal(200);
  });

  it('/readyz is 200 when nothing is missing', async () => {
    const response = await fetch(`${url}/readyz`);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal({ ready: true, missing: [] });
  });

  it('/readyz is 200 and names what needs attention although calls are served', async () => {
    degraded = ['spool: cannot be written'];
    const response = await fetch(`${url}/readyz`);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal({ ready: true, missing: [], degraded });
  });

  it('/readyz is 503 and names what is missing', async () => {
    missing = ['redis: not connected', 'sip: draining'];
    const response = await fetch(`${url}/readyz`);
    expect(response.status).to.equal(503);
    expect(await response.json()).to.deep.equal({ ready: false, missing });
  });

  it('/metrics is the text format of Prometheus', async () => {
    meter.count('records_written_total');
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).to.match(/^text\/plain/);
    expect(await response.text()).to.contain('virkne_records_written_total 1');
  });

  it('/metrics is rendered at most once a second, however many ask', async () => {
    let rendered = 0;
    const counting = { ...meter, contentType: meter.contentType, render: async () => `rendered ${++rendered}` };
    const other = createHttpServer(options({ meter: counting }));
    const at = await other.start();
    const ask = async (): Promise<string> => (await fetch(`${at}/metrics`)).text();
    expect(await Promise.all([ask(), ask(), ask()])).to.deep.equal(Array(3).fill('rendered 1'));
    clock.advance(999);
    expect(await ask()).to.equal('rendered 1');
    clock.advance(1);
    expect(await ask()).to.equal('rendered 2');
    await other.close();
  });

  it('a rendering that fails is an error for those who asked, and the next second tries again', async () => {
    let fails = true;
    const render = (): Promise<string> => (fails ? Promise.reject(new Error('broken')) : Promise.resolve('whole'));
    const other = createHttpServer(options({ meter: { ...meter, contentType: meter.contentType, render } }));
    const at = await other.start();
    expect((await fetch(`${at}/metrics`)).status).to.equal(500);
    fails = false;
    clock.advance(1000);
    expect(await (await fetch(`${at}/metrics`)).text()).to.equal('whole');
    await other.close();
  });

  it('an unknown path is 404 in JSON', async () => {
    const response = await fetch(`${url}/nowhere?x=1`);
    expect(response.status).to.equal(404);
    expect(await response.json()).to.deep.equal({ error: 'NOT_FOUND', message: 'there is nothing at /nowhere' });
  });

  it('a wrong method is 405 with Allow (RFC 9110 §15.5.6)', async () => {
    const response = await fetch(`${url}/readyz`, { method: 'DELETE' });
    expect(response.status).to.equal(405);
    expect(response.headers.get('allow')).to.equal('GET, HEAD');
    expect(await response.json()).to.include({ error: 'METHOD_NOT_ALLOWED' });
  });

  it('a body that is no JSON is 400, one that is too long 413, both in JSON', async () => {
    const post = (body: string) =>
      fetch(`${url}/groups`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    const malformed = await post('{');
    expect(malformed.status).to.equal(400);
    expect(await malformed.json()).to.have.keys('error', 'message');
    expect((await post(`"${'x'.repeat(70_000)}"`)).status).to.equal(413);
  });

  it('a failure inside is 500 and does not show its text to the client', async () => {
    const response = await fetch(`${url}/fails`);
    expect(response.status).to.equal(500);
    expect(await response.text())
      .to.contain('INTERNAL')
      .and.not.contain('secret');
  });

  it('an address that cannot be listened on is a clear TRANSPORT_UNAVAILABLE', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const second = createHttpServer(options({ listen: { address: '127.0.0.1', port } }));
    const error = await second.start().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    other.close();
    expect(error).to.be.instanceOf(CodedError).and.include({ code: 'TRANSPORT_UNAVAILABLE' });
    expect((error as CodedError).message)
      .to.contain(`127.0.0.1:${port}`)
      .and.contain('EADDRINUSE');
  });
});
