/** What a Redis must be before a register is kept in it, and what is laid into it at each start. */
import { CodedError, messageOf } from '../base/errors.js';
import type { Log } from '../base/log.js';
import { noticeKey, SECRET_KEY } from '../store/consent/keys.js';
import type { ConsentLink } from '../store/consent/link.js';
import { type ConsentCatalogue, nameOfNotice, noticesOf } from './catalogue.js';

const unfit = (text: string): CodedError => new CodedError('REGISTER_UNFIT', text);

type Asked = Pick<ConsentLink, 'ask'>;

/**
 * Rejects with REGISTER_UNFIT. Resolves to whether an act is on the disk before it is acknowledged.
 */
export async function prepareRegister(
  link: Asked,
  catalogue: ConsentCatalogue,
  fingerprint: string,
  log: Log,
): Promise<boolean> {
  await checkPersistence(link);
  const policy = await appendfsync(link);
  if (policy === 'no')
    throw unfit('its Redis leaves it to the kernel when acts reach the disk: set appendfsync always');
  await checkSecret(link, fingerprint);
  await layNotices(link, catalogue);
  await checkRights(link, log);
  return isDurable(policy, log);
}

/** What was acknowledged must be there after a restart, and must not be thrown out for other things. */
async function checkPersistence(link: Asked): Promise<void> {
  const info = `${await link.ask('INFO', ['persistence'])}\n${await link.ask('INFO', ['memory'])}`;
  const value = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  if (value('aof_enabled') !== '1') throw unfit('its Redis has no append-only file: set appendonly yes');
  const policy = value('maxmemory_policy');
  if (policy !== 'noeviction') throw unfit(`its Redis throws keys out (maxmemory-policy ${policy}): set noeviction`);
}

/** With `always` Redis replies when what it writes is on the disk; with `everysec` the acts of a second may be lost with the machine. */
function isDurable(policy: string, log: Log): boolean {
  if (policy === 'always') return true;
  log.warn(
    { appendfsync: policy },
    'acts and withdrawals of the consent register are acknowledged up to a second before they are on the disk, and receipts say so (durable: false): set appendfsync always',
  );
  return false;
}

/** A Redis that is run by others may keep its configuration to itself. */
async function appendfsync(link: Asked): Promise<string> {
  try {
    const reply = await link.ask('CONFIG', ['GET', 'appendfsync']);
    return Array.isArray(reply) ? String(reply[1] ?? 'unknown') : 'unknown';
  } catch (thrown) {
    if (!/NOPERM|unknown command/i.test(messageOf(thrown))) throw thrown;
    return 'unknown';
  }
}

/** With another secret everybody would be unknown, and nobody would be told. */
async function checkSecret(link: Asked, fingerprint: string): Promise<void> {
  await link.ask('SETNX', [SECRET_KEY, fingerprint]);
  if ((await link.ask('GET', [SECRET_KEY])) !== fingerprint)
    throw unfit('consent.secret is not the one with which this register was begun: it can never change');
}

/** A notice is there for ever as it was shown: a changed text, or an id that is used again, is found here. */
async function layNotices(link: Asked, catalogue: ConsentCatalogue): Promise<void> {
  const notices = noticesOf(catalogue);
  const kept = await Promise.all(
    notices.map(({ ref, text }) => link.ask('FCALL', ['notice_keep', 1, noticeKey(nameOfNotice(ref)), text])),
  );
  const changed = notices.find(({ text }, index) => kept[index] !== text);
  if (changed === undefined) return;
  throw unfit(
    `the notice ${nameOfNotice(changed.ref)} was kept with another content: notices never change and ids are never used again, so give it a new version`,
  );
}

/** The harmless try of a command that could shorten a list. */
async function checkRights(link: Asked, log: Log): Promise<void> {
  try {
    await link.ask('LTRIM', ['consent:{nobody}:log', 0, -1]);
    log.warn(
      'the Redis user of the consent register may rewrite its lists: virkne consent acl prints rules for one that may not',
    );
  } catch (thrown) {
    if (!messageOf(thrown).includes('NOPERM')) throw thrown;
  }
}
