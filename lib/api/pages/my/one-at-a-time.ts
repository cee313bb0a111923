import { Refused } from './refusal.js';

/** Looking through all that is kept takes this process its time: one at a time; who comes meanwhile is told to try again. */
export function oneAtATime(): <Result>(look: () => Promise<Result>) => Promise<Result> {
  let isBusy = false;
  return async (look) => {
    if (isBusy) throw new Refused('too-many', { 'retry-after': '10' });
    isBusy = true;
    try {
      return await look();
    } finally {
      isBusy = false;
    }
  };
}
