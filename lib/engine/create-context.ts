/** The surroundings and tables of one engine, empty. */
import { Budget } from '../base/budget.js';
import { guardedClock, guardWith } from '../base/guard.js';
import { Recent } from '../base/recent.js';
import { createSources } from '../base/source.js';
import { TransientMap } from '../base/transient-map.js';
import type { EngineOptions } from './api.js';
import { type Context, protectedly, tellFault } from './context.js';
import type { Dialog } from './dialog/dialog.js';
import { Dialogs } from './dialog/dialogs.js';
import { STRANGERS } from './dialog/sources.js';
import { LingeringTransactions } from './lingering.js';
import type { Network } from './network.js';
import { retransmissionsOf } from './retransmissions.js';
import { timerValues } from './transaction/timers.js';
import type { ServerRequestUnderWay } from './transactions.js';
import { FailedTargets } from './uac/failed-targets.js';
import type { LingeringClientTransaction, Respondent } from './uac/lingering.js';
import { SessionKeeper } from './uac/session-keeper.js';
import { Streamless } from './uac/streamless.js';
import type { LingeringServerTransaction } from './uas/lingering.js';
import { RepetitionCredit } from './uas/repetition-credit.js';

/** Calls and registrations that were challenged lately. */
const CHALLENGES = 2048;

export function createContext(options: EngineOptions, network: Network): Context {
  // What belongs to nothing that could be ended: the others guard themselves.
  const clock = guardedClock(
    options.clock,
    guardWith((thrown) => tellFault(options, thrown, 'A timer of the SIP engine has failed')),
  );
  const timers = timerValues(options.timers);
  const servers = new Map<string, ServerRequestUnderWay | LingeringServerTransaction>();
  const merged = new Map<string, ServerRequestUnderWay | LingeringServerTransaction>();
  const lingeringServers = new LingeringTransactions<LingeringServerTransaction>(clock, timers.timeout, (rest) => {
    servers.delete(rest.key);
    if (rest.mergeKey !== '') merged.delete(rest.mergeKey);
    rest.forgotten();
  });
  const { budget = new Budget() } = options;
  const sourceOf = createSources();
  const clients = new Map<string, Respondent>();
  const cancels = new Map<string, Respondent>();
  const forget = ({ method, branch }: LingeringClientTransaction) =>
    (method === 'CANCEL' ? cancels : clients).delete(branch);
  const context: Context = {
    clock,
    bareClock: options.clock,
    ids: options.ids,
    log: options.log,
    meter: options.meter,
    resolver: options.resolver,
    timers,
    natDetection: options.natDetection,
    peers: options.peers ?? STRANGERS,
    longestSession: options.longestSession,
    udpMtu: options.udpMtu,
    connectMs: options.connectMs,
    failoverMs: options.failoverMs,
    streamless: new Streamless(clock, options.streamlessMs),
    failedTargets: new FailedTargets(clock, options.restMs),
    challenged: new Recent(CHALLENGES),
    network: network,
    budget,
    sourceOf,
    repetitions: new RepetitionCredit(clock),
    retransmissions: retransmissionsOf(options.meter),
    dialogs: new Dialogs(budget, sourceOf, (dialog) => tellChange(options, dialog)),
    servers,
    lingeringServers,
    unanswered: new TransientMap(),
    merged,
    clients,
    cancels,
    lingeringClients: {
      invites: new LingeringTransactions(clock, timers.timeout, forget),
      others: new LingeringTransactions(clock, timers.t4, forget),
    },
    outgoing: new TransientMap(),
    calls: new TransientMap(),
    answered: new TransientMap(),
    keeperOf: (dialog) => new SessionKeeper(context, dialog),
  };
  return context;
}

const tellChange = (options: EngineOptions, { owner, id, state }: Dialog): void => {
  protectedly(options, () => owner?.onDialogChanged?.(id, state.phase));
};

/** Of what is alive. */
export function countsOf({ servers, outgoing, lingeringClients, dialogs }: Context): {
  readonly transactions: number;
  readonly dialogs: number;
} {
  const clients = outgoing.size + lingeringClients.invites.size + lingeringClients.others.size;
  return { transactions: servers.size + clients, dialogs: dialogs.size };
}

/** Entries by the name of the table. */
export function tablesOf(context: Context): Readonly<Record<string, number>> {
  const { servers, unanswered, merged, lingeringServers, lingeringClients, dialogs } = context;
  const { clients, cancels, outgoing, calls, answered } = context;
  return {
    servers: servers.size,
    unanswered: unanswered.size,
    merged: merged.size,
    lingeringServers: lingeringServers.size,
    clients: clients.size,
    cancels: cancels.size,
    lingeringInvites: lingeringClients.invites.size,
    lingeringOthers: lingeringClients.others.size,
    outgoing: outgoing.size,
    calls: calls.size,
    answered: answered.size,
    dialogs: dialogs.size,
    dialogIds: dialogs.ids,
  };
}
