/** The event socket's framing: commands that come, replies and events that go. */
import type { Socket } from 'node:net';

export interface Command {
  /** The first line. */
  readonly line: string;
  readonly fields: Readonly<Record<string, string>>;
}

export class EventSocket {
  readonly socket: Socket;
  #text = '';

  constructor(socket: Socket, onCommand: (command: Command) => void, onClose: () => void) {
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      this.#text += chunk;
      for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
        const [line = '', ...rest] = this.#text.slice(0, end).split('\n');
        this.#text = this.#text.slice(end + 2);
        onCommand({ line, fields: Object.fromEntries(rest.map((one) => pairOf(one))) });
      }
    });
    socket.on('error', () => {});
    socket.on('close', onClose);
  }

  reply(text: string): void {
    this.#write(`Content-Type: command/reply\nReply-Text: ${text}\n\n`);
  }

  api(body: string): void {
    this.#write(`Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`);
  }

  event(fields: Readonly<Record<string, string>>): void {
    const body = JSON.stringify(fields);
    this.#write(`Content-Length: ${Buffer.byteLength(body)}\nContent-Type: text/event-json\n\n${body}`);
  }

  /** As CHANNEL_DATA comes: percent-encoded, as the reply to `connect`. */
  channelData(fields: Readonly<Record<string, string>>): void {
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${encodeURIComponent(value)}\n`);
    const end = 'Content-Type: command/reply\nReply-Text: %2BOK%0A\nSocket-Mode: async\nControl: full\n\n';
    this.#write(`Event-Name: CHANNEL_DATA\n${lines.join('')}${end}`);
  }

  authRequest(): void {
    this.#write('Content-Type: auth/request\n\n');
  }

  rudeRejection(): void {
    this.#write('Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n');
    this.socket.end();
  }

  disconnectNotice(uuid: string): void {
    const body = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';
    const about = `Content-Type: text/disconnect-notice\nControlled-Session-UUID: ${uuid}\nContent-Disposition: disconnect\n`;
    this.#write(`${about}Content-Length: ${Buffer.byteLength(body)}\n\n${body}`);
    this.socket.end();
  }

  #write(text: string): void {
    if (this.socket.writable) this.socket.write(text);
  }
}

function pairOf(line: string): [string, string] {
  const colon = line.indexOf(': ');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 2)];
}
