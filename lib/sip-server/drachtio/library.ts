/** The part of drachtio-srf that is used, typed as it behaves: the types that come with it lack most of this. */
import type { Server, Socket } from 'node:net';
import Library from 'drachtio-srf';

export interface LibraryMessage {
  /** The whole message as it came. */
  readonly raw?: string;
  /** Names as the library normalises them: mostly lower case, compact forms only in part. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | null;
}

export interface LibraryContent {
  readonly headers: Record<string, string>;
  readonly body?: string;
}

export interface LibraryRequest {
  readonly msg: LibraryMessage;
  readonly method: string;
  readonly uri: string;
  readonly source: 'network' | 'application';
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  readonly stackTxnId: string;
  readonly stackDialogId: string | undefined;
  cancel(content: LibraryContent, callback: (error: unknown) => void): void;
  on(event: 'response', listener: (response: LibraryResponse, acknowledge: Acknowledge) => void): void;
  on(event: 'update', listener: (request: LibraryRequest, response: LibraryResponse) => void): void;
}

/** Sends the ACK of a 2xx, or the PRACK of a reliable provisional response. */
export type Acknowledge = (content?: LibraryContent) => void;

export interface LibraryResponse {
  readonly msg: LibraryMessage & { readonly status: number; readonly reason?: string };
  /** Empty: the server made it up. */
  readonly source_address?: string;
  readonly stackDialogId: string | undefined;
  status: number;
  /** Sends `msg` with this status. */
  readonly agent: {
    sendResponse(
      response: LibraryResponse,
      content: LibraryContent,
      callback: ((error: unknown, sent?: LibraryMessage) => void) | undefined,
    ): void;
  };
  /** The error is a text of the server or an Error. Throws for a status that is not in the library's list. */
  send(
    status: number,
    reason: string | undefined,
    content: LibraryContent,
    callback: ((error: unknown, sent?: LibraryMessage) => void) | undefined,
  ): void;
  /** Of the response that was sent, once the callback has been called. */
  readonly meta: { readonly dialogId?: string };
}

export interface LibraryRequestOptions extends LibraryContent {
  readonly method: string;
  readonly stackDialogId?: string;
  /** Of the INVITE that a CANCEL ends. */
  readonly stackTxnId?: string;
  /** A next hop other than the Request-URI. */
  readonly proxy?: string;
}

/** One socket's book-keeping. */
interface LibraryConnection {
  readonly pendingSipRequests: Map<string, unknown>;
  /** What takes the words behind `response|id|`, by the id of the frame that it answers. */
  readonly pendingRequests: Map<string, (words: readonly string[]) => void>;
}

export interface LibraryClient {
  readonly mapServer: Map<Socket, LibraryConnection>;
  readonly wp: {
    on(event: 'msg', listener: (socket: Socket, text: string) => void): void;
    on(event: 'connection', listener: (socket: Socket) => void): void;
    emit(event: 'msg', socket: Socket, text: string): boolean;
    /** Writes a frame, and returns the id that it gave it. */
    send(socket: Socket, text: string): string;
    closing?: boolean;
  };
}

export interface LibrarySrf {
  readonly app: { readonly client: LibraryClient };
  use(handler: (request: LibraryRequest, response: LibraryResponse) => void): void;
  use(verb: string, handler: (request: LibraryRequest, response: LibraryResponse) => void): void;
  request(uri: string, options: LibraryRequestOptions, callback: (error: unknown, sent?: LibraryRequest) => void): void;
  listen(options: { server: Server; secret: string }): void;
  on(event: 'connect', listener: (error: unknown, hostports?: string, version?: string) => void): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'close', listener: () => void): void;
  /** Where media servers are called. Rejects with an error that has the final `status`. */
  createUAC(uri: string, options: object): Promise<LibraryDialog>;
}

interface LibraryDialog {
  readonly local: { readonly sdp: string };
  readonly remote: { readonly sdp: string };
  modify(sdp: string): Promise<unknown>;
  destroy(): Promise<unknown>;
}

type SipMessageClass = new (text: string) => LibraryMessage;

export const createSrf = (): LibrarySrf => new Library() as unknown as LibrarySrf;

/** Throws when the text is no SIP message. */
export const parseSipText = (text: string): LibraryMessage =>
  new (Library as unknown as { SipMessage: SipMessageClass }).SipMessage(text);
