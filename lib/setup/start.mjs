/** npm start: makes a fresh clone ready, then runs the service in this same process, so that signals reach it directly. */
import { readFileSync } from 'node:fs';
import { orRefuse, prepare } from './prepare.mjs';

/** A private redis-server is started by the service unless the environment or the file of configuration names a Redis. */
function bringsItsRedis({ REDIS_URL, VIRKNE_CONFIG }) {
  if (REDIS_URL) return false;
  try {
    return JSON.parse(readFileSync(VIRKNE_CONFIG, 'utf8')).redis?.url === undefined;
  } catch {
    return true; // no file, or one that the service itself will refuse
  }
}

// As in lib/main.ts, which runs in this process: SIGHUP ends nothing.
process.on('SIGHUP', () => {});

await orRefuse(() => prepare(bringsItsRedis(process.env) ? ['redis-server'] : []));
await import('../../dist/lib/main.js');
