import { expect } from 'chai';
import { collectUdp, type HepCollector, type HepPacket } from '../support/hep.js';
import { readByTshark } from '../support/pcap.js';
import { until } from '../support/sipp.js';
import { useService } from './service-harness.js';

const isSip = ({ rcinfo }: HepPacket): boolean => rcinfo.payloadType === 1;
const collector: HepCollector = await collectUdp();

describe('every SIP message goes to the HEP collector (SIPp, hep-js, tshark)', function () {
  this.timeout(40_000);
  after(() => collector.close());
  const harness = useService({ config: { capture: { collector: `udp:127.0.0.1:${collector.port}` } } });

  it('a chain of five: as many packets as messages, with the ends of each, and one id in all of them', async () => {
    const { pilot, caller, phones, record } = await harness.chain();
    const { fields, attempts } = record;

    const own = Number(harness.service.sip.split(':')[1]);
    const seen = [caller, ...phones].flatMap((run) =>
      run.messages().map(({ direction, text }) => {
        const ends = direction === 'sent' ? [run.port, own] : [own, run.port];
        return `${ends.join(' ')} ${text.split('\r\n', 1)[0]}`;
      }),
    );
    const captured = (): HepPacket[] => collector.packets.filter(({ rcinfo }) => rcinfo.correlation_id === fields.call);
    const packets = await until(
      () => (captured().length > seen.length ? captured() : undefined),
      5000,
      () => `${captured().length} packets of ${seen.length} messages and a result`,
    );
    const messages = packets.filter(isSip);
    expect(
      messages
        .map(({ rcinfo, payload }) => `${rcinfo.srcPort} ${rcinfo.dstPort} ${payload.split('\r\n', 1)[0]}`)
        .sort(),
    ).to.deep.equal(seen.sort());

    // Read by tshark as what they are: SIP between those ports.
    const datagrams = messages.map(({ rcinfo, payload }) => ({
      at: rcinfo.timeSeconds * 1000 + rcinfo.timeUseconds / 1000,
      from: rcinfo.srcPort,
      to: rcinfo.dstPort,
      text: payload,
    }));
    const callIds = readByTshark(datagrams, ['sip.Call-ID']).map(([callId]) => callId);
    expect(callIds).to.have.length(messages.length);
    expect(new Set(callIds)).to.deep.equal(new Set([fields.callId, ...attempts.map(({ callIds: [first] }) => first)]));

    const [result, ...more] = packets.filter((packet) => !isSip(packet));
    expect(more).to.deep.equal([]);
    const told = JSON.parse(result?.payload ?? '');
    expect(told).to.include({ event: 'call ended', call: fields.call, status: 200 });
    expect(told.attempts.map(({ why }: { why: string }) => why)).to.deep.equal(attempts.map(({ why }) => why));
    expect(result?.payload, 'without a number of anybody').to.not.contain(pilot).and.to.not.contain('25550000');
  });

  it('a refused call has its id in all of its messages as well', async () => {
    const caller = await harness.call('+37167009999', 'caller-expects-404');
    expect((await caller.exited).code).to.equal(0);
    const { fields } = await harness.record('+37167009999');
    const of = (): HepPacket[] => collector.packets.filter(({ rcinfo }) => rcinfo.correlation_id === fields.call);
    const packets = await until(
      () =>
        of().filter(isSip).length >= caller.messages().length && of().length > caller.messages().length
          ? of()
          : undefined,
      5000,
      () => `${of().length} packets`,
    );
    expect(packets.filter(isSip)).to.have.length(caller.messages().length);
  });
});
