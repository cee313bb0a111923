import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { CodedError, messageOf } from './errors.js';

export interface FileLock {
  /** Whoever inherits it holds the lock, too. */
  readonly descriptor: number;
  release(): void;
}

/** flock(1): the lock is held by somebody else. */
const HELD = 1;

/**
 * Locks a file, making it where absent; undefined where somebody else holds the lock. The kernel holds it for the open file
 * (flock(2)): until it is released or the process is gone, however it ended, whatever process ids say, and also towards other
 * containers on the same file system. Node has no call for it; the lock that the program flock(1) takes on an inherited
 * descriptor stays with ours.
 * Throws MISSING_PROGRAM, or the error of the file system.
 */
export function lockFile(path: string): FileLock | undefined {
  const descriptor = openSync(path, 'a', 0o600);
  const release = (): void => closeSync(descriptor);
  const { status, error, stderr } = spawnSync('flock', ['-n', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', descriptor],
  });
  if (status === 0) return { descriptor, release };
  release();
  if (error !== undefined) {
    const message = `cannot run flock (${messageOf(error)}), which locks the data directory: install util-linux`;
    throw new CodedError('MISSING_PROGRAM', message, { cause: error });
  }
  if (status === HELD) return undefined;
  throw new Error(`flock ${path}: ${stderr.toString().trim() || `status ${status}`}`);
}
