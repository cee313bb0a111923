import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Count, Labels, Meter } from '../base/meter.js';
import { CellCounter } from './cell-counter.js';
import { CellHistogram } from './cell-histogram.js';
import { BUCKETS, type KnownValues, labelsOf } from './metric-labels.js';

const PREFIX = 'virkne_';
const NO_LABELS: Labels = {};

/** The default of 10 ms wakes an idle process up a hundred times a second. */
const LAG_RESOLUTION_MS = 100;

/**
 * What is counted, for people: names without the prefix. What ends in `_total` is a counter, the others are histograms. A test holds
 * every name used in lib against this table, and metric-labels.ts has the labels.
 */
export const HELP: Readonly<Record<string, string>> = {
  answer_seconds: 'Answer delay: from the INVITE of an answered call to its answer, in seconds',
  answers_without_contact_total: 'Answers of members that name no Contact and cannot be ended (RFC 3261 §12.1.1)',
  attempts_total: 'Members of the hunt lists of calls that have ended, by what became of them, as in the records',
  billing_expired_total: 'Changes of groups and closed months that were removed because billing no longer needs them',
  call_faults_total: 'Calls that an error of ours has ended; the log has its stack',
  calls_without_media_total: 'Calls whose group wishes for voices and that went on without media, by why',
  calls_refused_total: 'Calls refused before anybody was rung, by status',
  calls_total: 'Calls to groups that have ended, by final status',
  capture_dropped_total: 'HEP packets that did not go: too much waits, too long for one, or the collector is away',
  capture_sent_total: 'HEP packets sent',
  consent_asked_total: 'Questions whether call data may be used beyond the service, by purpose and verdict',
  consent_metadata_total: 'Ended calls, by purpose and whether anything of them was kept for it',
  drachtio_faults_total: 'Connections of drachtio applications that an error of ours has closed',
  drachtio_refused_total: 'Connections of drachtio applications that were refused or closed, by reason',
  forwarding_hints_total: 'Attempts in which something looked like forwarding and proved nothing, by header',
  invariant_violations_total: 'Times that what must never happen has happened, by what; the log says in which call',
  late_answers_total: 'Answers that crossed our CANCEL, by whether they were taken',
  media_channels_killed_total: 'Channels of media servers that outlived their endpoints and were ended',
  media_endpoint_failures_total: 'Endpoints that no media server made, by why',
  media_endpoints_lost_total: 'Endpoints whose channels the media server had no more',
  media_prompts_missing_total: 'Recordings that the media server did not find',
  media_server_failures_total: 'Times that a media server could not be used or was lost, by the step that failed',
  meter_refused_total: 'Observations that were dropped because their labels differ from the metric they are for',
  post_dial_delay_seconds:
    'From the INVITE of a call to the first phone that rings, or to the answer where none said so, in seconds',
  process_faults_total: 'Errors of ours that nothing has caught; the process goes on',
  records_estimated_total: 'Call records that were reckoned, because the node with the call was lost',
  records_expired_total: 'Call records that were removed because they were past their retention',
  records_masked_total: 'Call records that were masked because they were past records.maskAfterDays',
  records_spooled_total: 'Call records that wait on disk, because Redis was away',
  records_unwritable_total: 'Call records that were lost to an error of ours',
  records_written_total: 'Call records written to Redis',
  redis_command_seconds: 'How long Redis took to answer, in seconds, by function of its library',
  refused_calls_total: 'Calls that never became one, by why',
  refused_calls_unrecorded_total: 'Refused calls that have no record, because there were too many within a second',
  request_faults_total: 'Requests outside calls that got 500 because of an error of ours',
  ring_seconds: 'How long each phone rang, in seconds',
  session_repair_failures_total: 'Cancelled changes of a session that one side has taken all the same and kept',
  setup_seconds: 'From the INVITE of a call to the first INVITE to a member: our own part, in seconds',
  sip_dropped_total: 'Datagrams and connections that were dropped, by reason',
  sip_engine_ack_timeouts_total: 'Answered calls that were ended because no ACK came (RFC 3261 §13.3.1.4)',
  sip_engine_budget_refusals_total: 'Requests refused with 503 because of sip.limits.waitingBytes',
  sip_engine_byes_total: 'BYE requests that the engine sent on its own',
  sip_engine_faults_total: 'Errors inside the engine that cost one message',
  sip_engine_foreign_requests_total:
    'Requests within calls, and CANCEL, that were refused because another peer sent them',
  sip_engine_malformed_total: 'Messages that are no SIP or lack what is mandatory',
  sip_strangers_total:
    'Requests refused with 403 that a drachtio-server took from addresses outside sip.peers and the trunks',
  sip_overload_refusals_total: 'Calls over a drachtio-server refused with 503 because of overload',
  sip_engine_overload_refusals_total: 'Requests outside a dialog refused with 503 because of overload',
  sip_engine_repetitions_withheld_total: 'Responses not sent again to sources that acknowledge none',
  sip_engine_stateless_responses_total: 'Requests answered without a transaction, by status',
  sip_engine_stray_acks_total: 'ACK requests that match nothing',
  sip_engine_stray_responses_total: 'Responses that match no request of ours',
  sip_requests_total: 'SIP requests on the wire, by direction and method, retransmissions included',
  sip_responses_total: 'SIP responses on the wire, by direction, method and class, retransmissions included',
  sip_retransmissions_total: 'SIP messages that were sent, or came, once more, by direction and kind',
  spool_damaged_total: 'Lines of the spool that were not readable',
  spool_lost_total: 'Records and turns that could not be kept',
  spool_refused_total: 'Records and turns that Redis refused when the spool was replayed',
  spool_replayed_total: 'Records and turns brought from the spool to Redis',
  spool_unreadable_total: 'Spool files that could not be read and were set aside',
  spool_write_failures_total: 'Failed writes to the spool',
  store_degraded_total: 'Times that Redis answered and refused what was written',
  store_failover_checked_total: 'Turns and records for which the next master was asked after a failover',
  store_groups_vanished_total: 'Groups that went from Redis although nobody deleted them',
  store_other_master_total: 'How often another Redis became the master',
  store_away_total: 'How often Redis went away',
  store_claims_unchecked_total: 'Members rung without knowing whether they are on another call, because Redis was away',
  store_turns_from_memory_total: 'Turns taken from memory, because Redis was away',
  talk_seconds: 'Call duration: from the answer to the end of an answered call, in seconds',
  traces_kept_total: 'Traces of calls written to Redis',
  traces_lost_total: 'Traces of calls that Redis did not take',
  traces_skipped_total: 'Calls of which no trace was made or kept, because there were too many at once',
  trunk_changes_total: 'How often a trunk stopped or began to answer pings, by trunk and new state',
  trunk_faults_total: 'Errors of ours at the pings and registrations of a trunk, which begin anew',
  trunk_failures_total: 'Attempts that failed on a trunk, by status',
  trunk_registrations_total: 'How often a registration at a trunk began or was lost, by trunk and new state',
};

/** A {@link Meter} that keeps its counts in a registry of its own, for GET /metrics. */
export interface RenderedMeter extends Meter {
  /** All metrics in the text format of Prometheus. */
  render(): Promise<string>;
  readonly contentType: string;
  /** What has been counted under that name, whatever the labels. */
  counted(name: string): number;
}

/**
 * Every counter and histogram of {@link HELP} is there from the start, with every value its labels may have (metric-labels.ts): a first
 * event is seen as a change, and the number of series never grows.
 * @param known the values that other parts know: the words of call records, the names of trunks
 */
export function createMeter(known: KnownValues = {}): RenderedMeter {
  const registry = new Registry();
  const registers = [registry];
  const counters = new Map<string, CellCounter>();
  const histograms = new Map<string, CellHistogram>();
  const gauges = new Map<string, { readonly values: Labels; read(): number }[]>();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_RESOLUTION_MS });

  for (const [name, help] of Object.entries(HELP)) {
    const values = labelsOf(name, known);
    if (name.endsWith('_total')) counters.set(name, new CellCounter(PREFIX + name, help, values, registers));
    else histograms.set(name, new CellHistogram(PREFIX + name, help, values, BUCKETS[name] ?? [], registry));
  }
  const refused = counters.get('meter_refused_total')?.cell(undefined);

  /** Counting must never end a call: what the metric does not have costs the observation only. */
  const counter = (name: string, labels?: Labels): Count =>
    counters.get(name)?.cell(labels) ?? { add: () => refused?.add() };

  function observe(name: string, seconds: number, labels?: Labels): void {
    if (!Number.isFinite(seconds) || !histograms.get(name)?.observe(seconds, labels)) refused?.add();
  }

  function gauge(name: string, help: string, read: () => number, values: Labels = NO_LABELS): void {
    const others = gauges.get(name);
    if (others !== undefined) {
      others.push({ values, read });
      return;
    }
    const all = [{ values, read }];
    gauges.set(name, all);
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: Object.keys(values),
      registers,
      collect() {
        for (const one of all) this.set(one.values, one.read());
      },
    });
  }

  return {
    count: (name, labels, by) => counter(name, labels).add(by),
    counter,
    observe,
    gauge,
    counted: (name) => counters.get(name)?.total ?? 0,
    render: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
