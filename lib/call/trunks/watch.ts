/** What watches one trunk: pings, keep-alives and its registration, each guarded. */
import type { Clock } from '../../base/clock.js';
import { type Guard, guardedClock, guardWith, regardless } from '../../base/guard.js';
import type { Ids } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Meter } from '../../base/meter.js';
import { octetsOf } from '../../base/text.js';
import type { SipServer } from '../../sip-server/sip-server.js';
import { nameOf } from './account.js';
import { Health, type HealthOptions, type PingSettings } from './health.js';
import { KeepAlive } from './keep-alive.js';
import { Registration } from './registration.js';
import type { Trunk } from './trunk.js';

export interface WatchOptions {
  readonly pings: PingSettings;
  readonly sip: Pick<SipServer, 'connected' | 'send'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  /** From 0 to below 1. */
  random(): number;
}

export function watch(trunk: Trunk, options: WatchOptions, onHealth: () => void): void {
  const { sip, clock, ids, log, meter, random } = options;
  const { uri, register, registerSeconds, keepAliveSeconds, fromDomain: domain } = trunk.settings;
  const name = nameOf(uri);
  const guardFor = (recover: () => void): Pick<HealthOptions, 'clock' | 'sip'> => {
    const guard = guardWith((thrown) => {
      regardless(() => meter.count('trunk_faults_total', { trunk: name }));
      regardless(() => log.error({ err: thrown, trunk: name }, 'an error of ours at a trunk'));
      regardless(recover);
    });
    return { clock: guardedClock(clock, guard), sip: guardedSender(sip, guard) };
  };
  trunk.health = new Health({
    ...options.pings,
    uri: octetsOf(uri),
    route: () => trunk.registration?.serviceRoute,
    ...guardFor(() => trunk.health?.recover()),
    random,
    onChange: (isUp) => {
      log[isUp ? 'info' : 'error']({ trunk: name }, isUp ? 'trunk is up again' : 'trunk is down: it answers no ping');
      meter.count('trunk_changes_total', { trunk: name, state: isUp ? 'up' : 'down' });
      onHealth();
    },
    onRetryAfter: (seconds) => trunk.rest(seconds * 1000),
  });
  if (keepAliveSeconds > 0) {
    const guarded = guardFor(() => trunk.keepAlive?.recover());
    trunk.keepAlive = new KeepAlive({ uri: octetsOf(uri), seconds: keepAliveSeconds, ...guarded, random });
  }
  if (!register || trunk.credentials === undefined) return;
  trunk.registration = new Registration({
    uri,
    credentials: trunk.credentials,
    seconds: registerSeconds,
    domain,
    ...guardFor(() => trunk.registration?.recover()),
    ids,
    random,
    onChange: (isIn, status) => {
      log[isIn ? 'info' : 'error'](
        { trunk: name, status },
        isIn ? 'registered at the trunk' : 'not registered at the trunk',
      );
      meter.count('trunk_registrations_total', { trunk: name, state: isIn ? 'registered' : 'refused' });
    },
  });
}

/** Whoever sends over it hears the responses guarded. */
const guardedSender = (sip: WatchOptions['sip'], guard: Guard): WatchOptions['sip'] => ({
  get connected() {
    return sip.connected;
  },
  send: (request, done) => sip.send(request, (result) => guard.run(() => done(result))),
});
