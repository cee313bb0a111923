import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';
const FIRST_PORT = 20_000;
const LAST_PORT = 30_000;

/** Below the range from which the kernel takes ephemeral ports (32768 and up), so that nobody is given one of ours by chance. */
let next = FIRST_PORT + ((process.pid * 37) % (LAST_PORT - FIRST_PORT));

/** A port of 127.0.0.1 that is free for UDP and TCP now, and that this process has not handed out before. */
export async function freePort(): Promise<number> {
  for (let tries = FIRST_PORT; tries < LAST_PORT; tries++) {
    const port = next;
    next = next + 1 === LAST_PORT ? FIRST_PORT : next + 1;
    if ((await canBindUdp(port)) && (await canBindTcp(port))) return port;
  }
  throw new Error(`no free port between ${FIRST_PORT} and ${LAST_PORT}`);
}

export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

function canBindUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, LOOPBACK, () => socket.close(() => resolve(true)));
  });
}

function canBindTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}
