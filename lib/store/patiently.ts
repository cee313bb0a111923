import { StoreError } from './errors.js';

/**
 * What `send` resolves to. Where Redis is away, or refuses everything, it is asked again: a long reading is hundreds of commands, and a
 * bad moment must not bring all of it to nothing. What one key refuses is thrown at once.
 * @param tries in all
 * @param rest what is waited for between two
 */
export async function patiently<Reply>(
  send: () => Promise<Reply>,
  tries: number,
  rest: () => Promise<void>,
  isOver: () => boolean = () => false,
): Promise<Reply> {
  for (let tried = 1; ; tried++) {
    try {
      return await send();
    } catch (thrown) {
      const isAway = thrown instanceof StoreError && thrown.everywhere;
      if (!isAway || isOver() || tried === tries) throw thrown;
      await rest();
    }
  }
}
