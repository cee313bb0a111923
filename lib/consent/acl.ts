/**
 * The rules of Redis for the user of the register (ACL SETUSER): commands inside of functions and scripts are held to them as well. A list is
 * appended to and read, and nothing else: no command that could rewrite, shorten, rename, expire or delete one is among them. Pure.
 */

/** Each may do so much with such keys. */
const SELECTORS: readonly (readonly [commands: string, keys: readonly string[]])[] = [
  // The functions themselves; what they do with the keys is held to the other rules.
  ['+fcall +fcall_ro', ['consent:*', 'meta:{*', 'notice:*', 'review:*']],
  ['+rpush +lrange +lindex +llen', ['consent:{*}:log']],
  ['+hset +hdel +hget +hmget +hgetall', ['consent:{*}:state']],
  ['+get +set', ['consent:{*}:once:*']],
  ['+hset +hgetall +del', ['consent:{*}:words']],
  ['+lpush +ltrim +lrange +expire', ['consent:{*}:asked']],
  [
    '+xadd +xrange +xrevrange +xlen +xdel +xgroup|create +xreadgroup +xack +xpending +xautoclaim +xinfo|groups',
    ['consent:outbox'],
  ],
  ['+xadd +xrange +xrevrange +xlen +xdel +del +pexpireat +pttl +exists', ['meta:{*']],
  ['+sadd +smembers +expire +del', ['consent:{*}:reviews']],
  ['+hset +hdel +hexists +hgetall +del', ['consent:{*}:interests']],
  // HSETNX: a decision, and what a human says of it, is written once.
  ['+hsetnx +hgetall +expire +del +zadd +zrem +zrange', ['review:*']],
  ['+hsetnx +hget +hexists', ['stat:*']],
  // SETNX: what is there stays as it is.
  ['+setnx +get +exists', ['notice:*', 'consent:secret']],
];

/** Without keys. */
const CONNECTION = ['+ping', '+select', '+hello', '+auth', '+time', '+info', '+scan', '+client|setname', '+config|get'];
const LIBRARY = ['+function|load', '+function|list'];

/** @param password what follows `>`; without one whoever sets the user up adds it */
export function aclRules(password?: string): readonly string[] {
  const selectors = SELECTORS.map(([commands, keys]) => `(${commands} ${keys.map((key) => `~${key}`).join(' ')})`);
  return [
    'reset',
    'on',
    password === undefined ? '>PASSWORD' : `>${password}`,
    ...CONNECTION,
    ...LIBRARY,
    ...selectors,
  ];
}
