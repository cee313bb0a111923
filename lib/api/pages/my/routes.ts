/** The pages that only show, the download, and the end of a session. */
import type { FastifyInstance } from 'fastify';
import { exportSubject } from '../../../privacy/export.js';
import { laterOf, ownedSince, since } from '../../../privacy/holder.js';
import { Subject } from '../../../privacy/subject.js';
import { callsOf, entryId } from './calls.js';
import { type Kit, languageOf } from './kit.js';
import { oneAtATime } from './one-at-a-time.js';
import { Refused, refusalOf } from './refusal.js';
import { sessionShown } from './shown.js';
import { digestOf } from './tokens.js';
import { CallsPage } from './views/calls.js';
import { DataPage } from './views/data.js';
import { HomePage } from './views/home.js';
import { LeftPage } from './views/simple.js';

export function shownRoutes(server: FastifyInstance, kit: Kit): void {
  server.get('/', async (request, reply) => kit.goTo(reply, `/my/${languageOf(request)}/`));

  kit.route(server, 'GET', '', async ({ reply, words }) => kit.goTo(reply, `/my/${words.lang}/`));

  kit.route(server, 'GET', '/', async ({ request, reply, words }) => {
    const visitor = await kit.visitor(request);
    const given = kit.hasConsents ? await givenBy(kit, visitor.number) : undefined;
    return kit.page(reply, HomePage({ words, session: sessionShown(kit, visitor), group: visitor.group, given }));
  });

  kit.route(server, 'GET', '/calls', async ({ request, reply, words }) => {
    const visitor = await kit.visitor(request);
    const { before } = request.query as { before?: unknown };
    const behind = entryId(before);
    if (before !== undefined && behind === undefined) throw new Refused('not-found');
    const { link } = kit.store;
    const begins = await heldSince(kit, visitor.number);
    const view = {
      ...{ lang: words.lang, timeZone: kit.options.timeZone, now: kit.options.clock.now(), today: words.calls.today },
      begins: begins === null ? null : Date.parse(begins),
    };
    const calls =
      visitor.group === undefined
        ? { days: [], before: behind, older: undefined }
        : await callsOf((name, key, args) => link.fcall(name, key, args), visitor.number, behind, view);
    return kit.page(reply, CallsPage({ words, session: sessionShown(kit, visitor), calls }));
  });

  kit.route(server, 'GET', '/left', async ({ reply, words }) => kit.page(reply, LeftPage({ words })));

  kit.route(server, 'POST', '/leave', async ({ request, reply, words }) => {
    const { session } = await kit.poster(request);
    await kit.access.leave(digestOf(session));
    kit.end(reply);
    return kit.goTo(reply, `/my/${words.lang}/left`);
  });

  dataRoutes(server, kit);
}

/** The overview is there without the register, too. */
async function givenBy(kit: Kit, number: string): Promise<number | undefined> {
  try {
    return (await kit.register.state(number)).pairs.filter(({ valid }) => valid).length;
  } catch (thrown) {
    if (refusalOf(thrown).kind === 'away') return undefined;
    throw thrown;
  }
}

function dataRoutes(server: FastifyInstance, kit: Kit): void {
  const alone = oneAtATime();

  kit.route(server, 'GET', '/data', async ({ request, reply, words }) => {
    const visitor = await kit.visitor(request);
    return kit.page(reply, DataPage({ words, session: sessionShown(kit, visitor) }));
  });

  kit.route(server, 'POST', '/data/download', async ({ request, reply }) => {
    const { number } = await kit.poster(request);
    const all = await alone(async () => {
      const kept = await exportSubject(kit.store.link, new Subject(number), kit.options.clock.now());
      const own = since(kept, await heldSince(kit, number));
      return kit.hasConsents ? { ...own, consents: await kit.register.export(number) } : own;
    });
    return reply
      .type('application/json; charset=utf-8')
      .header('content-disposition', 'attachment; filename="my-data.json"')
      .send(`${JSON.stringify(all, undefined, 2)}\n`);
  });
}

/** When the present holder got the number: as the register knows it, or the group by its owner. Null: he always had it. */
async function heldSince(kit: Kit, number: string): Promise<string | null> {
  const owned = await ownedSince(kit.store.link, number);
  return kit.hasConsents ? laterOf((await kit.register.find(number)).begins, owned) : owned;
}
