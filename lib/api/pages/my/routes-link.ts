/** The link: whoever looks at it changes nothing and sees nobody; a button's POST lets in, once. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Kit, languageOf, WORDS } from './kit.js';
import { Refused } from './refusal.js';
import { digestOf, newSession } from './tokens.js';
import { LinkPage } from './views/simple.js';

interface LinkRoute {
  Params: { token: string };
}

export function linkRoutes(
  server: FastifyInstance,
  kit: Kit,
  mayTry: (request: FastifyRequest) => Promise<void>,
): void {
  server.get<LinkRoute>('/link/:token', async (request, reply) => {
    const { token } = request.params;
    if (!kit.signer.isLink(token) || !(await kit.access.isOpen(digestOf(token)))) throw new Refused('dead-link');
    const words = WORDS[languageOf(request)];
    return kit.page(reply, LinkPage({ words, inLanguage: (lang) => `/my/link/${token}?lang=${lang}` }));
  });

  server.post<LinkRoute>('/link/:token', async (request, reply) => {
    await mayTry(request);
    kit.mustBeOurs(request);
    const { token } = request.params;
    if (!kit.signer.isLink(token)) throw new Refused('dead-link');
    const session = newSession();
    const before = kit.sessionIn(request);
    const isIn = await kit.access.redeem(
      digestOf(token),
      digestOf(session),
      before === '' ? '' : digestOf(before),
      kit.options.life,
    );
    if (!isIn) throw new Refused('dead-link');
    kit.begin(reply, session);
    return kit.goTo(reply, `/my/${languageOf(request)}/`);
  });
}
