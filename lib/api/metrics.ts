import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Labels, Meter } from '../base/meter.js';

const PREFIX = 'virkne_';
const NO_LABELS: Labels = {};

/** From one packet's work to a whole chain of twelve phones. */
const BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 360];

/** The default of 10 ms wakes an idle process up a hundred times a second. */
const LAG_RESOLUTION_MS = 100;

/** What is counted, for people: names without the prefix. A test holds every name used in lib against this table. */
export const HELP: Readonly<Record<string, string>> = {
  answer_seconds: 'From the INVITE of a call to its answer, in seconds',
  answers_without_contact_total: 'Answers of members that name no Contact and cannot be ended (RFC 3261 §12.1.1)',
  attempts_total: 'Members tried, by why the attempt ended',
  billing_expired_total: 'Changes of groups and closed months that were removed because billing no longer needs them',
  call_faults_total: 'Calls that an error of ours has ended; the log has its stack',
  calls_refused_total: 'Calls refused before anybody was rung, by status',
  calls_total: 'Calls to groups that have ended, by final status',
  consent_asked_total: 'Questions whether call data may be used beyond the service, by purpose and verdict',
  drachtio_faults_total: 'Connections of drachtio applications that an error of ours has closed',
  drachtio_refused_total: 'Connections of drachtio applications that were refused or closed, by reason',
  forwarding_hints_total: 'Attempts in which something looked like forwarding and proved nothing, by header',
  late_answers_total: 'Answers that crossed our CANCEL, by whether they were taken',
  meter_refused_total: 'Observations that were dropped because their labels differ from the metric they are for',
  process_faults_total: 'Errors of ours that nothing has caught; the process goes on',
  records_expired_total: 'Call records that were removed because they were past their retention',
  records_spooled_total: 'Call records that wait on disk, because Redis was away',
  records_unwritable_total: 'Call records that were lost to an error of ours',
  records_written_total: 'Call records written to Redis',
  refused_calls_total: 'Calls that never became one, by why',
  refused_calls_unrecorded_total: 'Refused calls that have no record, because there were too many within a second',
  request_faults_total: 'Requests outside calls that got 500 because of an error of ours',
  session_repair_failures_total: 'Cancelled changes of a session that one side has taken all the same and kept',
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
}

export function createMeter(): RenderedMeter {
  const registry = new Registry();
  const registers = [registry];
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  const help = (name: string): string => HELP[name] ?? name;
  collectDefaultMetrics({ register: registry, prefix: PREFIX, eventLoopMonitoringPrecision: LAG_RESOLUTION_MS });

  function counterOf(name: string, labels: Labels): Counter {
    const known = counters.get(name);
    if (known !== undefined) return known;
    const counter = new Counter({ name: PREFIX + name, help: help(name), labelNames: Object.keys(labels), registers });
    counters.set(name, counter);
    return counter;
  }

  function histogramOf(name: string, labels: Labels): Histogram {
    const known = histograms.get(name);
    if (known !== undefined) return known;
    const labelNames = Object.keys(labels);
    const config = { name: PREFIX + name, help: help(name), labelNames, buckets: BUCKETS_SECONDS, registers };
    const histogram = new Histogram(config);
    histograms.set(name, histogram);
    return histogram;
  }

  /** Counting must never end a call: a label that the metric does not have costs the observation only. */
  function count(name: string, labels: Labels = NO_LABELS, by = 1): void {
    const counter = counterOf(name, labels);
    try {
      counter.inc(labels, by);
    } catch {
      count('meter_refused_total');
    }
  }

  function observe(name: string, seconds: number, labels: Labels = NO_LABELS): void {
    const histogram = histogramOf(name, labels);
    try {
      histogram.observe(labels, seconds);
    } catch {
      count('meter_refused_total');
    }
  }

  function gauge(name: string, text: string, read: () => number): void {
    new Gauge({
      name: PREFIX + name,
      help: text,
      registers,
      collect() {
        this.set(read());
      },
    });
  }

  return { count, observe, gauge, render: () => registry.metrics(), contentType: registry.contentType };
}
