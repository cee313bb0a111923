/** Where the private redis-server of a data directory is, for the process that started it and for those that come to it. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve as absolute, join } from 'node:path';
import { unusable } from './data-directory.js';
import { parseRedisUrl, socketUrl, type Target } from './url.js';

export const HOST = '127.0.0.1';
/** In the directory, with the append-only file. */
export const SOCKET = 'redis.sock';
export const PASSWORD = 'redis-password';
export const PORT = 'redis-port';
/** unix(7): sun_path has 108 bytes, the last of them 0. */
const LONGEST_PATH = 107;

export function urlsOf(
  port: number,
  directory: string,
  password: string,
): { url: string; ownUrl: string; shown: string } {
  const url = `redis://:${password}@${HOST}:${port}/0`;
  const path = join(directory, SOCKET);
  const hasSocket = Buffer.byteLength(path) <= LONGEST_PATH && existsSync(path);
  return { url, ownUrl: hasSocket ? socketUrl(path, password) : url, shown: `redis://${HOST}:${port}/0` };
}

/**
 * The way to the private redis-server that a service runs, or ran, on this directory; undefined where none ever did.
 * Throws DATA_DIRECTORY_UNUSABLE where this user may not read its password.
 */
export function privateTarget(dataDirectory: string): Target | undefined {
  const directory = absolute(dataDirectory);
  if (!existsSync(directory)) return undefined;
  try {
    if (!existsSync(join(directory, PORT))) return undefined;
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8').trim();
    const { ownUrl, shown } = urlsOf(Number.parseInt(read(PORT), 10), directory, read(PASSWORD));
    return { ...parseRedisUrl(ownUrl), shown };
  } catch (thrown) {
    throw unusable(thrown);
  }
}
