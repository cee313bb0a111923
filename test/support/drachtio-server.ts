/** A real drachtio-server that somebody has started: TEST_DRACHTIO_URL names it, and the SIPp tests run against it. */
import { connect } from 'node:net';
import { encodeFrame, FrameReader } from '../../lib/base/frames.js';

/** As DRACHTIO_URL; undefined: the tests run on our own engine. */
export const TEST_DRACHTIO_URL = process.env.TEST_DRACHTIO_URL;

/** `address:port` at which it takes SIP over UDP. */
export async function sipAddressOf(url: string): Promise<string> {
  const { hostname, port, password } = new URL(url.replace(/^drachtio:/, 'http:'));
  const socket = connect(Number(port || 9022), hostname);
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      const reader = new FrameReader();
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('closed')));
      socket.on('data', (chunk) => reader.read(chunk.toString('latin1'), resolve));
      socket.write(encodeFrame(`1|authenticate|${password}|`));
    });
    const address = /udp\/([^,|]+)/.exec(answer)?.[1];
    if (address === undefined) throw new Error(`no UDP: ${answer}`);
    return address;
  } catch (thrown) {
    throw new Error(`TEST_DRACHTIO_URL: no drachtio-server at ${hostname}:${port}`, { cause: thrown });
  } finally {
    socket.destroy();
  }
}
