import type { Budget } from '../base/budget.js';
import type { Clock } from '../base/clock.js';
import { regardless } from '../base/guard.js';
import type { Ids } from '../base/ids.js';
import type { Log } from '../base/log.js';
import type { Meter } from '../base/meter.js';
import type { Recent } from '../base/recent.js';
import type { TransientMap } from '../base/transient-map.js';
import type { Peers, Resolver, TimerValues } from './api.js';
import type { Destination } from './destination.js';
import type { Dialog } from './dialog/dialog.js';
import type { Dialogs } from './dialog/dialogs.js';
import type { SessionUser } from './dialog/session.js';
import type { LingeringTransactions } from './lingering.js';
import type { Network } from './network.js';
import type { Retransmissions } from './retransmissions.js';
import type { ClientInviteUnderWay, ClientRequestUnderWay, ServerRequestUnderWay } from './transactions.js';
import type { FailedTargets } from './uac/failed-targets.js';
import type { LingeringClientTransaction, Respondent } from './uac/lingering.js';
import type { Streamless } from './uac/streamless.js';
import type { LingeringServerTransaction } from './uas/lingering.js';
import type { RepetitionCredit } from './uas/repetition-credit.js';

/** What the parts of one engine share: its surroundings and its tables. */
export interface Context {
  /** What it calls runs guarded. */
  readonly clock: Clock;
  /** For what guards itself: each call sets ten timers, and this spares each of them another guard. */
  readonly bareClock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly meter: Meter;
  readonly resolver: Resolver;
  readonly timers: TimerValues;
  readonly natDetection: boolean;
  readonly peers: Peers;
  readonly longestSession: number;
  readonly udpMtu: number;
  readonly connectMs: number;
  readonly failoverMs: number;
  readonly streamless: Streamless;
  readonly failedTargets: FailedTargets;
  /** Which of several targets has challenged us last, by Call-ID. */
  readonly challenged: Recent<Destination>;
  readonly network: Network;
  /** For all that waits and rests here. */
  readonly budget: Budget;
  /** Who a peer is, where what it takes is counted. */
  readonly sourceOf: (address: string) => string;
  readonly repetitions: RepetitionCredit;
  readonly retransmissions: Retransmissions;
  readonly dialogs: Dialogs;
  /** Server transactions by `serverKey`. */
  readonly servers: Map<string, ServerRequestUnderWay | LingeringServerTransaction>;
  /** Requests without a final response from us, by transaction id. */
  readonly unanswered: TransientMap<string, ServerRequestUnderWay>;
  /** Ongoing requests by `mergeKey`. */
  readonly merged: Map<string, ServerRequestUnderWay | LingeringServerTransaction>;
  readonly lingeringServers: LingeringTransactions<LingeringServerTransaction>;
  /** Client transactions by branch; a CANCEL shares the branch of its INVITE. */
  readonly clients: Map<string, Respondent>;
  readonly cancels: Map<string, Respondent>;
  /** By how long they lie: INVITEs, and the others. */
  readonly lingeringClients: {
    readonly invites: LingeringTransactions<LingeringClientTransaction>;
    readonly others: LingeringTransactions<LingeringClientTransaction>;
  };
  /** All client requests that are alive, also those whose target is still being looked up, by transaction id. */
  readonly outgoing: TransientMap<string, ClientRequestUnderWay>;
  /** Our INVITEs without a final response, by transaction id. */
  readonly calls: TransientMap<string, ClientInviteUnderWay>;
  /** Our INVITEs that were answered by a 2xx, by dialog id: the ACK is the application's. */
  readonly answered: TransientMap<string, ClientInviteUnderWay>;
  /** Sends session refreshes, and ends what is not refreshed. */
  keeperOf(dialog: Dialog): SessionUser;
}

/**
 * Runs what calls into an application; its faults are its own and stop nothing here.
 * @returns whether it ran to its end
 */
export function protectedly(context: Pick<Context, 'meter' | 'log'>, call: () => void): boolean {
  try {
    call();
    return true;
  } catch (thrown) {
    tellOwnersFault(context, thrown);
    return false;
  }
}

export const tellOwnersFault = (context: Pick<Context, 'meter' | 'log'>, thrown: unknown): void =>
  tellFault(context, thrown, 'The owner of a SIP transaction threw');

/** Counts and logs a programming error. Whoever calls it ends what that belongs to. Never throws. */
export function tellFault(
  { meter, log }: Pick<Context, 'meter' | 'log'>,
  thrown: unknown,
  what: string,
  callId = '',
): void {
  regardless(() => meter.count('sip_engine_faults_total'));
  regardless(() => log.error({ err: thrown, ...(callId !== '' && { sipCallId: callId }) }, what));
}
