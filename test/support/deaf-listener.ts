/** A TCP port that a firewall seems to guard: the backlog of its listening socket is full and nobody accepts, so SYN are dropped. */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';

export interface DeafListener {
  readonly address: string;
  readonly port: number;
  close(): void;
}

/** Says where it listens, and never turns to its event loop again. */
const LISTENER = `
const server = require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1', 1, () => {
  require('node:fs').writeSync(1, String(server.address().port));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;

/** Linux takes one more than it was asked for. */
const BACKLOG = 2;

/** @param at 0: any free port */
export async function listenDeafly(at = 0): Promise<DeafListener> {
  const child = spawn(process.execPath, ['-e', LISTENER, String(at)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(
    await new Promise<string>((resolve) => child.stdout.once('data', (said) => resolve(String(said)))),
  );
  const fillers = Array.from({ length: BACKLOG }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await Promise.all(fillers.map((filler) => new Promise((resolve) => filler.once('connect', resolve))));
  return {
    address: '127.0.0.1',
    port,
    close: () => {
      child.kill('SIGKILL');
      for (const filler of fillers) filler.destroy();
    },
  };
}
