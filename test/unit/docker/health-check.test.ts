import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const PROGRAM = fileURLToPath(new URL('../../../lib/health-check.js', import.meta.url));

describe('Docker: the health check', function () {
  // Programs that start beside whatever else this machine does.
  this.timeout(30_000);
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(status: number, host: string): Promise<number> {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/healthz' ? status : 404;
      response.end();
    });
    servers.push(server.listen(0, host));
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** Its exit status, and what it says. */
  const check = (HTTP_LISTEN: string): Promise<string> =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH, HTTP_LISTEN };
      const child = execFile(process.execPath, [PROGRAM], { env }, (_failed, _stdout, stderr) =>
        resolve(`${child.exitCode} ${stderr.trim()}`.trim()),
      );
    });

  it('asks at the configured port, and on loopback where HTTP listens everywhere', async () => {
    const port = await serve(200, '127.0.0.1');
    const sixth = await serve(200, '::1');
    const seen = await Promise.all([`127.0.0.1:${port}`, `0.0.0.0:${port}`, `[::]:${sixth}`].map(check));
    expect(seen).to.deep.equal(['0', '0', '0']);
  });

  it('fails with one line where nobody answers, or not with 200', async () => {
    const port = await serve(500, '127.0.0.1');
    expect(await check(`127.0.0.1:${port}`)).to.equal(`1 http://127.0.0.1:${port}/healthz: 500`);
    expect(await check('127.0.0.1:1')).to.match(/^1 http:\/\/127\.0\.0\.1:1\/healthz: .*ECONNREFUSED/);
    expect(await check('nonsense')).to.match(/^1 CONFIG_INVALID/);
  });
});
