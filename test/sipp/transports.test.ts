import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { responseTo } from '../../lib/sip/build.js';
import { SipMessage } from '../../lib/sip/message.js';
import { parseMessage } from '../../lib/sip/parse.js';
import { addressOf } from '../hostile/sockets.js';
import { Authority, type Identity } from '../support/certificates.js';
import { type DeafListener, listenDeafly } from '../support/deaf-listener.js';
import { SDP } from '../support/sip-peer.js';
import { until } from '../support/sipp.js';
import { TlsCaller } from '../support/tls-caller.js';
import { between, storyOf, useService } from './service-harness.js';

const LISTEN = ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0', 'tls:127.0.0.1:0', 'udp:[::1]:0', 'tcp:[::1]:0'].join(',');

describe('transports (SIPp)', function () {
  this.timeout(20_000);
  const authority = new Authority();
  const directory = mkdtempSync(join(tmpdir(), 'tls-'));
  const files = { certificate: join(directory, 'crt.pem'), key: join(directory, 'key.pem') };
  const install = ({ certificate, key }: Identity): void => {
    writeFileSync(files.certificate, certificate);
    writeFileSync(files.key, key);
  };
  install(authority.issue('IP:127.0.0.1'));
  const sockets: Socket[] = [];
  const firewalls: DeafListener[] = [];
  afterEach(() => {
    for (const open of [...sockets.splice(0), ...firewalls.splice(0)]) open.close();
  });
  after(() => rmSync(directory, { recursive: true }));
  const harness = useService({
    env: { SIP_LISTEN: LISTEN },
    config: { sip: { tls: { ...files, requestClientCertificate: false } } },
  });

  const tcp = () => {
    const { host, port } = addressOf(harness.service, 'tcp');
    return { remote: `${host}:${port}`, transport: 'tcp' as const };
  };

  it('a caller over TCP, a member over UDP', async () => {
    const member = await harness.member('answer');
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller', { ...tcp(), pause: 100 });
    expect((await caller.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
    expect(member.messages()[0]?.header('via')).to.match(/^SIP\/2\.0\/UDP /);
  });

  it('a caller over UDP, a member over TCP (;transport=tcp)', async () => {
    const member = await harness.member('answer', { transport: 'tcp' });
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller', { pause: 100 });
    expect((await caller.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(member.messages()[0]?.header('via')).to.match(/^SIP\/2\.0\/TCP /);
  });

  it('RFC 3261 §18: the BYE to a caller over TCP takes the connection of its INVITE, as nobody listens at its Contact', async () => {
    const member = await harness.member('answer-hangup', { pause: 100 });
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller-waits-for-bye', tcp());
    expect((await caller.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).released).to.equal('callee');
  });

  it('a caller over IPv6, a member over IPv4', async () => {
    const line = harness.service.log.find((one) => one.includes('"serving"')) ?? '';
    const port = /udp:\[::1\]:(\d+)/.exec(line)?.[1];
    const member = await harness.member('answer');
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller', { remote: `[::1]:${port}`, args: ['-i', '::1'], pause: 100 });
    const { code, messages } = await caller.exited;
    expect(code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(messages.find(({ name }) => name === '200 INVITE')?.header('contact')).to.include(`[::1]:${port}`);
  });

  it('RFC 3261 §12.2.1.1: a caller whose Contact has another port than it sends from gets the BYE at its Contact', async () => {
    const [source, contact] = [createSocket('udp4'), createSocket('udp4')];
    for (const socket of [source, contact]) {
      sockets.push(socket);
      await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    }
    const member = await harness.member('answer-hangup');
    const pilot = await harness.group([member]);
    const { host, port } = addressOf(harness.service, 'udp');
    const fields = (method: string, to: string): [string, string][] => [
      ['Via', `SIP/2.0/UDP 127.0.0.1:${source.address().port};branch=z9hG4bK${method};rport`],
      ['From', '<sip:+37126000009@127.0.0.1>;tag=c'],
      ['To', to],
      ['Call-ID', 'elsewhere'],
      ['CSeq', `1 ${method}`],
      ['Contact', `<sip:+37126000009@127.0.0.1:${contact.address().port}>`],
    ];
    const send = (socket: Socket, { text }: SipMessage) => socket.send(text, port, host);
    const first = (socket: Socket, wanted: (message: SipMessage) => boolean): Promise<SipMessage> =>
      new Promise((resolve) => {
        socket.on('message', (bytes) => {
          const message = parseMessage(bytes.toString('latin1'));
          if (message !== undefined && wanted(message)) resolve(message);
        });
      });
    const strays = first(source, ({ method }) => method === 'BYE').then(() => 'to the source');
    const answered = first(source, ({ status }) => status === 200);
    const bye = first(contact, ({ method }) => method === 'BYE');
    const uri = `sip:${pilot}@${host}:${port}`;
    const offer: [string, string] = ['Content-Type', 'application/sdp'];
    send(source, SipMessage.request('INVITE', uri, [...fields('INVITE', `<${uri}>`), offer], SDP));
    const to = (await answered).first('to') ?? '';
    send(source, SipMessage.request('ACK', uri, fields('ACK', to)));
    expect(await Promise.race([bye.then(() => 'to the Contact'), strays])).to.equal('to the Contact');
    send(contact, responseTo(await bye, 200, 'OK'));
    expect((await member.exited).code).to.equal(0);
  });

  it('RFC 3261 §18.1.1: an INVITE too long for a datagram goes to the member over TCP', async () => {
    const member = await harness.member('answer', { transport: 'tcp' });
    const overUdp = await harness.member('busy', { port: member.port });
    const pilot = await harness.group([`sip:member@127.0.0.1:${member.port}`]);
    const caller = await harness.call(pilot, 'caller-long-offer', { pause: 100 });
    expect((await caller.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(member.messages()[0]?.text.length).to.be.above(1300);
    expect(overUdp.messages(), 'over UDP').to.be.empty;
  });

  it('RFC 3261 §18.1.1: where nobody listens on TCP, the long INVITE goes over UDP after all', async () => {
    const member = await harness.member('answer');
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller-long-offer', { pause: 100 });
    expect((await caller.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
  });

  it('RFC 3261 §18.1.1: where a firewall drops SYN, the long INVITE goes over UDP in time, and the next one at once', async () => {
    const waits: number[] = [];
    const first = await harness.member('answer');
    firewalls.push(await listenDeafly(first.port));
    for (const member of [first, undefined]) {
      const phone = member ?? (await harness.member('answer', { port: first.port }));
      const pilot = await harness.group([phone], { ring: '10' });
      const caller = await harness.call(pilot, 'caller-long-offer', { pause: 100 });
      expect((await caller.exited).code).to.equal(0);
      expect((await phone.exited).code).to.equal(0);
      expect(storyOf(await harness.record(pilot)).whys).to.deep.equal(['answered']);
      waits.push(between(caller, 'INVITE', '200 INVITE'));
    }
    expect(waits[0]).to.be.within(1400, 3500);
    expect(waits[1]).to.be.below(1000);
  });

  it('a caller over TLS; SIGHUP brings a new certificate to new connections, and the call goes on', async () => {
    const { service } = harness;
    const address = addressOf(service, 'tls');
    const member = await harness.member('answer');
    const pilot = await harness.group([member]);
    const caller = await TlsCaller.connect(address, authority.certificate);
    expect((await caller.call(pilot)).status).to.equal(200);

    install(authority.issue('IP:127.0.0.1'));
    process.kill(service.pid, 'SIGHUP');
    await until(
      () => service.log.some((line) => line.includes('TLS certificates read again')) || undefined,
      3_000,
      () => 'the certificates were not read again',
    );
    const later = await TlsCaller.connect(address, authority.certificate);
    expect(later.certificate.serialNumber).to.not.equal(caller.certificate.serialNumber);
    expect((await caller.bye()).status).to.equal(200);
    expect((await member.exited).code).to.equal(0);
    expect(storyOf(await harness.record(pilot)).released).to.equal('caller');
    for (const one of [caller, later]) one.close();
  });

  it('RFC 8996, and suites without authenticated encryption: refused by the service, as configured, after SIGHUP too', async () => {
    const { host, port } = addressOf(harness.service, 'tls');
    const settled = (ciphers: string): Promise<string> =>
      new Promise((resolve) => {
        const weakest = { minVersion: 'TLSv1', maxVersion: 'TLSv1.2', rejectUnauthorized: false } as const;
        const socket = connectTls({ host, port, ciphers, ...weakest }, () => {
          resolve(socket.getCipher().name);
          socket.destroy();
        });
        socket.on('error', ({ message }) => resolve(message));
      });
    expect(await settled('ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0')).to.match(/handshake failure/);
    expect(await settled('ECDHE-ECDSA-AES128-GCM-SHA256')).to.equal('ECDHE-ECDSA-AES128-GCM-SHA256');
  });

  it('a certificate that cannot be used changes nothing: the old one stays', async () => {
    const { service } = harness;
    writeFileSync(files.certificate, 'nonsense');
    process.kill(service.pid, 'SIGHUP');
    await until(
      () => service.log.some((line) => /"level":"error".*certificate/i.test(line)) || undefined,
      3_000,
      () => 'nobody was told',
    );
    const caller = await TlsCaller.connect(addressOf(service, 'tls'), authority.certificate);
    caller.close();
    expect(await service.ready()).to.equal(200);
  });
});

describe('idle connections (SIPp)', function () {
  this.timeout(20_000);
  const harness = useService({
    env: { SIP_LISTEN: 'udp:127.0.0.1:0,tcp:127.0.0.1:0' },
    config: { sip: { limits: { idleSeconds: 1 } } },
  });

  it('RFC 3261 §18: a connection that carries a call is not closed as idle: the BYE still takes it, and then it ends', async () => {
    const { host, port } = addressOf(harness.service, 'tcp');
    const member = await harness.member('answer-hangup', { transport: 'tcp', pause: 3_500 });
    const pilot = await harness.group([member]);
    const caller = await harness.call(pilot, 'caller-waits-for-bye', { remote: `${host}:${port}`, transport: 'tcp' });
    expect((await caller.exited).code).to.equal(0);
    expect((await member.exited).code).to.equal(0);
    expect(between(caller, 'ACK', 'BYE')).to.be.above(3_000);
    expect(storyOf(await harness.record(pilot)).released).to.equal('callee');
    // A connection on which nothing lives is closed as before.
    const idle = connect(port, host);
    await new Promise((resolve) => idle.resume().once('close', resolve));
  });
});
