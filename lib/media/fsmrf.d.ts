/** The part of drachtio-fsmrf that is used, typed as it behaves: it comes without types. */
declare module 'drachtio-fsmrf' {
  import type { Socket } from 'node:net';

  /** Of drachtio-modesl. */
  export interface FsConnection {
    readonly socket: Socket | null;
    /** With `maxAttempts` 1 it does not connect again by itself. */
    readonly reconnectOpts: { maxAttempts?: number };
    removeAllListeners(event: string): void;
  }

  export interface FsDialog {
    readonly local: { readonly sdp: string };
    readonly remote: { readonly sdp: string };
    modify(sdp: string): Promise<unknown>;
    destroy(): Promise<unknown>;
  }

  export interface FsEndpoint {
    readonly uuid: string;
    readonly local: { readonly sdp: string };
    /** Null once the connection of the channel has ended. */
    readonly conn: FsConnection | null;
    readonly dialog: FsDialog;
    /** Rejects with `File Not Found`. May never settle. */
    play(files: string[]): Promise<unknown>;
    api(command: string, args: string[]): Promise<unknown>;
    modify(sdp: string): Promise<unknown>;
    bridge(other: FsEndpoint): Promise<unknown>;
    on(event: 'dtmf', listener: (key: { readonly dtmf?: string }) => void): void;
    on(event: 'destroy', listener: () => void): void;
  }

  export interface FsMediaServer {
    readonly conn: FsConnection;
    createEndpoint(options: { remoteSdp?: string }): Promise<FsEndpoint>;
    disconnect(): void;
  }

  export interface FsConnectOptions {
    address: string;
    port: number;
    secret: string;
    profile: string;
    listenAddress?: string;
  }

  /** What it needs of drachtio-srf. */
  export interface FsSignalling {
    createUAC(uri: string, options: object): Promise<FsDialog>;
  }

  export default class Mrf {
    constructor(srf: FsSignalling);
    connect(options: FsConnectOptions): Promise<FsMediaServer>;
  }
}
