import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { CodedError, messageOf } from '../base/errors.js';
import { type FileLock, lockFile } from '../base/file-lock.js';

/** The directory of the private redis-server and of the spool, which belongs to one process at a time. */
interface DataDirectory {
  /** Leaves it to others. */
  close(): void;
}

/**
 * Makes the directory where absent, readable by this user alone, and locks it. Two processes that replay one spool would write
 * each record twice.
 * Throws DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_UNUSABLE, or MISSING_PROGRAM.
 */
export function openDataDirectory(path: string): DataDirectory {
  const directory = resolve(path);
  const file = join(directory, 'lock');
  let lock: FileLock | undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    lock = lockFile(file);
  } catch (thrown) {
    throw unusable(thrown);
  }
  if (lock === undefined) {
    const message = `${directory} is in use by ${holderOf(file)}: each process needs a data directory of its own (redis.dataDirectory)`;
    throw new CodedError('DATA_DIRECTORY_IN_USE', message);
  }
  note(file);
  return { close: () => lock.release() };
}

/** An error of the file system as DATA_DIRECTORY_UNUSABLE; one that has a code of ours already as it is. */
export function unusable(thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown;
  const message = `the data directory (redis.dataDirectory) cannot be used: ${messageOf(thrown)}`;
  return new CodedError('DATA_DIRECTORY_UNUSABLE', message, { cause: thrown });
}

/** For a person: the lock itself does not depend on it, so a full disk is no reason to stop. */
function note(file: string): void {
  try {
    writeFileSync(file, `process ${process.pid} on ${hostname()}\n`);
  } catch {
    // The holder stays unnamed.
  }
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim() || 'another process';
  } catch {
    return 'another process';
  }
}
