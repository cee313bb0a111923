import { expect } from 'chai';
import { type CapturedDatagram, readByTshark } from '../support/pcap.js';
import { type SippRun, until } from '../support/sipp.js';
import { useService } from './service-harness.js';

/** What one end has seen, as datagrams between its port and that of the service. */
const seenBy = (run: SippRun, service: number): CapturedDatagram[] =>
  run.messages().map(({ at, direction, text }) => {
    const [from, to] = direction === 'sent' ? [run.port, service] : [service, run.port];
    return { at, from, to, text };
  });

describe('the legs of a call belong together on the wire (SIPp, tshark)', function () {
  this.timeout(40_000);
  const harness = useService();

  it('a chain of five: each INVITE names the caller’s Call-ID, and all messages of both ends one session (RFC 7989)', async () => {
    const { caller, phones, record } = await harness.chain();
    const { fields, attempts } = record;

    const port = Number(harness.service.sip.split(':')[1]);
    const all = [caller, ...phones].flatMap((run) => seenBy(run, port));
    const rows = readByTshark(all, ['sip.Method', 'sip.Call-ID', 'sip.msg_hdr', 'udp.srcport']);
    expect(rows).to.have.length(all.length);
    const invites = rows.filter(([method, , , from]) => method === 'INVITE' && Number(from) === port);
    expect(invites).to.have.length(5);
    const ids = invites.map(([, callId]) => callId);
    expect(ids).to.deep.equal(attempts.map(({ callIds }) => callIds[0]));
    for (const [, , headers = ''] of invites) expect(headers).to.contain(`X-CID: ${fields.callId}`);

    const [ofCaller, ofWinner] = [caller, phones[4] as SippRun].map((run) =>
      readByTshark(seenBy(run, port), [
        'sip.Method',
        'sip.Session-ID.local_uuid',
        'sip.Session-ID.remote_uuid',
        'udp.srcport',
      ])
        .filter(([, local, , from]) => Number(from) === port && local !== '')
        .map(([method = '', ...uuids]) => [method, ...uuids.slice(0, 2).map((uuid) => uuid.replaceAll('-', ''))]),
    );
    const made = fields.call?.replaceAll('-', '');
    expect(ofWinner?.[0]).to.deep.equal(['INVITE', made, '0'.repeat(32)]);
    expect(ofCaller?.[0]?.[2]).to.equal(made);
    const bye = ofWinner?.find(([method]) => method === 'BYE');
    const [last] = (ofCaller ?? []).slice(-1);
    expect(bye).to.deep.equal(['BYE', made, last?.[1]]);
    // The answer knows who has answered; before it there is nobody (RFC 7989 §7).
    expect(ofCaller?.map(([, local]) => local === '0'.repeat(32))).to.include.members([true, false]);
    expect(ofCaller?.every(([, , remote]) => remote === made)).to.equal(true);
    expect(ofWinner?.every(([, local]) => local === made)).to.equal(true);
    expect(ofWinner?.map(([method]) => method)).to.deep.equal(['INVITE', 'ACK', 'BYE']);
  });

  it('from the Call-ID of any leg the same record is found', async () => {
    const phones = [await harness.member('busy'), await harness.member('answer')];
    const pilot = await harness.group(phones);
    expect((await (await harness.call(pilot, 'caller', { pause: 100 })).exited).code).to.equal(0);
    const { id, fields, attempts } = await harness.record(pilot);
    const names = [fields.call, fields.callId, ...attempts.flatMap(({ callIds }) => callIds)];
    expect(names).to.have.length(4);
    for (const name of names) {
      const found = await harness.service.redisCli('--json', 'FCALL', 'hunt_calls', '1', 'records', 'call', name ?? '');
      expect(
        (JSON.parse(found) as [string][]).map(([entry]) => entry),
        name,
      ).to.deep.equal([id]);
    }
  });

  it('each line of the log about a call has its id and the Call-IDs of both legs, and no number whole', async () => {
    const phone = await harness.member('answer');
    const pilot = await harness.group([await harness.member('busy'), phone]);
    const before = harness.service.log.length;
    expect((await (await harness.call(pilot, 'caller', { pause: 100 })).exited).code).to.equal(0);
    const { fields, attempts } = await harness.record(pilot);
    const [first, second] = attempts.map(({ callIds }) => callIds[0]);
    // The record may be in Redis before the log's last line has come through its pipe.
    const told = await until(
      () => {
        const lines = harness.service.log.slice(before).map((line) => JSON.parse(line) as Record<string, string>);
        const found = lines.filter(({ call }) => call === fields.call);
        return found.some(({ msg }) => msg === 'call ended') ? found : undefined;
      },
      5000,
      () => 'the log has no line of the end',
    );
    expect(told.map(({ msg, level, sipCallId, memberCallId }) => [msg, level, sipCallId, memberCallId])).to.deep.equal([
      ['call begins', 'info', fields.callId, undefined],
      ['member tried', 'info', fields.callId, first],
      ['call answered', 'info', fields.callId, second],
      ['call ended', 'info', fields.callId, second],
    ]);
    for (const line of told) {
      expect(line.time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(JSON.stringify(line)).to.not.contain(pilot).and.to.not.contain('25550000');
    }
  });
});
