import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { encodeFrame } from '../../lib/base/frames.js';
import { type Service, startService } from '../support/service.js';

const SECRET = 'only-friends-know';

/** All that is heard until the server closes, or until `enough` has been heard. */
async function tell(port: number, content: string, enough = /$^/): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
    if (enough.test(heard)) socket.destroy();
  });
  socket.write(content, 'latin1');
  await once(socket, 'close');
  return heard;
}

const offer = (service: Service): { address: string; port: number } | undefined => {
  const line = service.log.find((one) => one.includes('drachtio applications may attach'));
  return line === undefined ? undefined : JSON.parse(line);
};

describe('The drachtio port of the running service', function () {
  this.timeout(20_000);
  let service: Service;
  after(() => service?.stop());

  it('is closed unless it is configured', async () => {
    const bare = await startService();
    expect(offer(bare)).to.equal(undefined);
    await bare.stop();
  });

  it('listens where it is told, which is loopback, and takes nothing without the secret', async () => {
    service = await startService({ config: { drachtio: { listen: '127.0.0.1:0', secret: SECRET } } });
    const { address, port } = offer(service) ?? { address: '', port: 0 };
    expect(address).to.equal('127.0.0.1');
    const call = 'm1|sip||\r\nINVITE sip:bob@127.0.0.1:9 SIP/2.0\r\n\r\n';
    expect(await tell(port, encodeFrame(call)), 'a call').to.match(/\|m1\|NO\|not authenticated$/);
    expect(await tell(port, encodeFrame('m1|authenticate||')), 'no secret').to.match(/\|NO\|incorrect secret$/);
    expect(await tell(port, encodeFrame('m1|authenticate|cymru|')), 'a guess').to.match(/\|NO\|incorrect secret$/);
    expect(await tell(port, 'GET / HTTP/1.1\r\n\r\n'), 'another protocol').to.equal('');
    expect(await tell(port, encodeFrame('x'.repeat(5000))), 'a frame too long for a stranger').to.equal('');
    expect(await tell(port, encodeFrame(`m1|authenticate|${SECRET}|`), /\|OK\|/)).to.match(/\|m1\|OK\|/);
    expect(await service.ready()).to.equal(200);
  });
});
