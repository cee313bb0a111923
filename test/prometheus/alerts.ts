/** What fires each alert: series as promtool writes them, and when it must have fired. */
export interface Case {
  readonly series: Readonly<Record<string, string>>;
  /** In which it fires, from the first sample. */
  readonly after: string;
}

const NODE = 'instance="n",job="virkne"';
const histogram = (name: string, les: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(les).map(([le, values]) => [`virkne_${name}_bucket{${NODE},le="${le}"}`, values]));
const one = (name: string, values: string, labels = ''): Record<string, string> => ({
  [`virkne_${name}{${NODE}${labels}}`]: values,
});

export const FIRES: Readonly<Record<string, Case>> = {
  VirkneDown: { series: { [`up{${NODE}}`]: '0x20' }, after: '2m' },
  VirkneAllTrunksDown: { series: { ...one('trunks_up', '0x20'), ...one('trunks_down', '2x20') }, after: '1m' },
  VirkneTrunkDown: { series: one('trunk_up', '0x20', ',trunk="t"'), after: '3m' },
  VirkneNotRegistered: { series: one('trunk_registered', '0x20', ',trunk="t"'), after: '3m' },
  VirkneRedisAway: { series: one('store_ready', '0x20'), after: '2m' },
  VirkneRedisSlow: {
    series: histogram('redis_command_seconds', { '0.05': '0+90x20', '0.1': '0+100x20', '+Inf': '0+100x20' }),
    after: '12m',
  },
  VirkneRecordsAtRisk: { series: one('spool_held', '1x20'), after: '2m' },
  VirkneRecordsLost: { series: { ...one('records_unwritable_total', '0 0 1x10') }, after: '3m' },
  VirkneInvariantViolated: {
    series: one('invariant_violations_total', '0 0 1x10', ',invariant="one-phone-rings"'),
    after: '3m',
  },
  VirkneFaults: {
    series: Object.assign(
      one('call_faults_total', '0 0 1x10'),
      ...['request', 'process', 'sip_engine'].map((kind) => one(`${kind}_faults_total`, '0x12')),
    ),
    after: '3m',
  },
  VirkneOverload: { series: one('admission_share', '0.4x20'), after: '2m' },
  VirknePostDialDelay: {
    series: histogram('post_dial_delay_seconds', { '5': '0+90x40', '7.5': '0+100x40', '+Inf': '0+100x40' }),
    after: '22m',
  },
  VirkneCallsFail: {
    series: { ...one('calls_total', '0+90x20', ',status="200"'), ...one('calls_total', '0+10x20', ',status="500"') },
    after: '12m',
  },
  VirkneRetransmissions: {
    series: {
      ...one('sip_retransmissions_total', '0+10x20', ',direction="out",kind="request"'),
      ...one('sip_requests_total', '0+50x20', ',direction="out",method="INVITE"'),
      ...one('sip_responses_total', '0+50x20', ',direction="in",method="INVITE",class="2xx"'),
    },
    after: '12m',
  },
  VirkneCaptureDrops: { series: one('capture_dropped_total', '0+5x30', ',reason="queue"'), after: '16m' },
};
