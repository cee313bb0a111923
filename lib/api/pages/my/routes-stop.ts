/** Withdrawing out of a message: a POST without cookie or form, which shows nobody and can grant nothing (RFC 8058 §3.1). */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Kit, languageOf, WORDS } from './kit.js';
import { Refused } from './refusal.js';
import { personOf, readStop, type Stop } from './stop-link.js';
import { Sealer } from './tokens.js';
import { StopPage } from './views/simple.js';

interface StopRoute {
  Params: { token: string };
}

export function stopRoutes(
  server: FastifyInstance,
  kit: Kit,
  mayTry: (request: FastifyRequest) => Promise<void>,
): void {
  const sealer = new Sealer(kit.options.secret);
  const stopIn = (token: string): Stop => {
    const stop = readStop(sealer, token);
    if (stop === undefined) throw new Refused('dead-link');
    return stop;
  };
  // RFC 8058 §3.1: the body is a form of either kind, and says nothing that the address does not.
  server.addContentTypeParser('multipart/form-data', { parseAs: 'string' }, (_request, _body, done) => done(null, {}));

  server.get<StopRoute>('/stop/:token', async (request, reply) => {
    stopIn(request.params.token);
    return kit.page(reply, StopPage({ words: WORDS[languageOf(request)], token: request.params.token, isDone: false }));
  });

  server.post<StopRoute>('/stop/:token', async (request, reply) => {
    await mayTry(request);
    const { number, pair, person } = stopIn(request.params.token);
    const state = await kit.register.state(number);
    // Of whoever has the number since then nothing is withdrawn; who asks is not told.
    const stands =
      personOf(state.sid) === person && state.pairs.some((one) => one.pair === pair && one.decision === 'granted');
    if (stands) await kit.register.act({ act: 'withdraw', number, pairs: [pair], method: 'email', by: 'customer' });
    return kit.page(reply, StopPage({ words: WORDS[languageOf(request)], token: request.params.token, isDone: true }));
  });
}
