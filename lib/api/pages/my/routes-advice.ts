/** What the calls of the group say of its ring time and order, where the customer agreed that they are looked at for it. */
import type { FastifyInstance } from 'fastify';
import type { Kit } from './kit.js';
import { oneAtATime } from './one-at-a-time.js';
import { Refused } from './refusal.js';
import { sessionShown } from './shown.js';
import { AdvicePage } from './views/advice.js';

export function adviceRoutes(server: FastifyInstance, kit: Kit): void {
  const { advise } = kit.options;
  if (advise === undefined) return;
  const alone = oneAtATime();

  kit.route(server, 'GET', '/advice', async ({ request, reply, words }) => {
    const visitor = await kit.visitor(request);
    if (visitor.group === undefined) throw new Refused('not-found');
    const advice = await alone(() => advise(visitor.number, words.lang));
    if (advice === 'away') throw new Refused('away');
    const sentences = advice === 'not-agreed' ? undefined : advice;
    return kit.page(reply, AdvicePage({ words, session: sessionShown(kit, visitor), sentences }));
  });
}
