import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { type Service, startService } from '../support/service.js';
import { SDP } from '../support/sip-peer.js';
import './drachtio-differences.js';

const PILOT = '+37167000700';
/** ISUP with every octet, an empty line and zeros in it. */
const ISUP = Buffer.concat([Buffer.from([...Array(256).keys()]), Buffer.from('\r\n\r\n\0\r\n--y\xff\xa0', 'latin1')]);
const BODY = Buffer.concat([
  Buffer.from(`--x\r\nContent-Type: application/sdp\r\n\r\n${SDP}\r\n--x\r\nContent-Type: application/ISUP\r\n\r\n`),
  ISUP,
  Buffer.from('\r\n--x--\r\n'),
]);
const NAME = '"J\xe2nis \xff\xfe voil\xc3\xa0\xa0"';
const SUBJECT = '\xe9t\xe9 \x80\xff \xc3\xa0';

/** A phone that is nothing but a socket. */
class Phone {
  readonly #socket: Socket = createSocket('udp4').unref();
  readonly #waiting: ((message: Buffer) => void)[] = [];
  readonly #come: Buffer[] = [];

  async open(): Promise<this> {
    this.#socket.on('message', (message) => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#come.push(message);
      else waiting(message);
    });
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return this;
  }

  get end(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  send(to: string, lines: readonly string[], body: Buffer = Buffer.alloc(0)): void {
    const head = [...lines, `Content-Length: ${body.length}`, '', ''].join('\r\n');
    const [host, port] = to.split(':');
    this.#socket.send(Buffer.concat([Buffer.from(head, 'latin1'), body]), Number(port), host);
  }

  /** The next message that begins so; what comes before it is passed over. */
  async next(start: string): Promise<{ head: string; body: Buffer }> {
    for (;;) {
      const message = this.#come.shift() ?? (await new Promise<Buffer>((resolve) => this.#waiting.push(resolve)));
      const text = message.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (text.startsWith(start)) return { head: text.slice(0, end), body: message.subarray(end + 4) };
    }
  }

  close(): void {
    this.#socket.close();
  }
}

const field = (head: string, name: string): string => new RegExp(`^${name}: ?(.*)$`, 'im').exec(head)?.[1] ?? '';
const copied = (head: string, toTag = ''): string[] =>
  ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${field(head, name)}${name === 'To' ? toTag : ''}`);

for (const embedded of ['direct', 'protocol']) {
  describe(`octets from socket to socket, ${embedded}`, function () {
    this.timeout(20_000);
    let service: Service;
    let caller: Phone;
    let member: Phone;

    before(async () => {
      service = await startService({ config: { drachtio: { embedded } } });
      caller = await new Phone().open();
      member = await new Phone().open();
      await service.hunt(PILOT, { ring: '10', members: `sip:desk@${member.end}` });
    });

    after(async () => {
      caller.close();
      member.close();
      await service.stop();
    });

    it('INVITE, 200, INFO and its 200: body and headers arrive octet for octet (RFC 3204 §3, RFC 3261 §7.4)', async () => {
      const request = (method: string, cseq: number, to: string): string[] => [
        `${method} sip:${PILOT}@${service.sip} SIP/2.0`,
        `Via: SIP/2.0/UDP ${caller.end};branch=z9hG4bKocts${cseq}${method};rport`,
        'Max-Forwards: 70',
        `From: ${NAME} <sip:+37126000009@${caller.end}>;tag=a`,
        `To: ${to}`,
        `Call-ID: octets-${embedded}`,
        `CSeq: ${cseq} ${method}`,
        `Contact: <sip:caller@${caller.end}>`,
      ];
      const described = ['Content-Type: multipart/mixed;boundary=x', `Subject: ${SUBJECT}`];
      caller.send(service.sip, [...request('INVITE', 1, `<sip:${PILOT}@${service.sip}>`), ...described], BODY);
      const invite = await member.next('INVITE ');
      expect(invite.body.equals(BODY), 'INVITE').to.equal(true);
      expect(field(invite.head, 'Subject')).to.equal(SUBJECT);
      expect(field(invite.head, 'From').startsWith(`${NAME} <sip:+37126000009@`)).to.equal(true);
      expect(field(invite.head, 'Content-Length')).to.equal(String(BODY.length));

      const contact = `Contact: <sip:desk@${member.end}>`;
      const organization = `Organization: ${SUBJECT}`;
      const typed = 'Content-Type: multipart/mixed;boundary=x';
      member.send(
        service.sip,
        ['SIP/2.0 200 OK', ...copied(invite.head, ';tag=m'), contact, organization, typed],
        BODY,
      );
      const answer = await caller.next('SIP/2.0 200');
      expect(answer.body.equals(BODY), '200').to.equal(true);
      expect(field(answer.head, 'Organization')).to.equal(SUBJECT);
      const to = field(answer.head, 'To');
      caller.send(service.sip, request('ACK', 1, to));

      caller.send(service.sip, [...request('INFO', 2, to), 'Content-Type: application/ISUP'], ISUP);
      const info = await member.next('INFO ');
      expect(info.body.equals(ISUP), 'INFO').to.equal(true);
      member.send(service.sip, ['SIP/2.0 200 OK', ...copied(info.head), 'Content-Type: application/ISUP'], ISUP);
      const informed = await caller.next('SIP/2.0 200');
      expect(informed.body.equals(ISUP), '200 to INFO').to.equal(true);

      caller.send(service.sip, [...request('BYE', 3, to), `Reason: Q.850;cause=16;text="${SUBJECT}"`]);
      const bye = await member.next('BYE ');
      expect(field(bye.head, 'Reason')).to.equal(`Q.850;cause=16;text="${SUBJECT}"`);
      member.send(service.sip, ['SIP/2.0 200 OK', ...copied(bye.head)]);
      expect((await service.records(1, PILOT))[0]?.fields.caller).to.equal('+37126000009');
    });
  });
}
