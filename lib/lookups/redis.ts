/** A way to Redis: that of the command line, or of the service. */
export interface Asked {
  /** Runs a function of the library on one key. Rejects with StoreError. */
  fcall(name: string, key: string, args: readonly (string | number)[]): Promise<unknown>;
  /** Runs any command. */
  command(name: string, args: readonly (string | number)[]): Promise<unknown>;
  /** Each node that holds groups: one, or the masters of a Cluster. */
  readonly nodes: readonly Pick<Asked, 'command'>[];
}
