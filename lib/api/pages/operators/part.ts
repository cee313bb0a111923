/** The pages of operators, `/calls`: signed in with the tokens of the API. */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import type { Log } from '../../../base/log.js';
import type { Lang } from '../../../explain/language.js';
import { Times } from '../../../explain/times.js';
import { pageOfCalls } from '../../../lookups/calls.js';
import type { Admission } from '../../admission.js';
import type { ApiContext } from '../../context.js';
import { explained } from '../../explained.js';
import { Problem, problemOf } from '../../problems.js';
import { type Identity, mayDo } from '../../roles.js';
import { callFor } from '../../shown-call.js';
import type { Tokens } from '../../tokens.js';
import { CallPage } from '../calls/call.js';
import { CallsPage } from '../calls/list.js';
import { ASSET_HEADERS, isForeign, pageHeaders } from '../headers.js';
import { htmlOf } from '../html.js';
import type { SignedIn } from './layout.js';
import { formTokenOf, isFormToken, Sessions } from './sessions.js';
import { RefusalPage, SignInPage } from './sign-in.js';
import { ICON_IMAGE, STYLESHEET } from './style.js';
import { WORDS } from './words.js';

interface OperatorOptions {
  readonly tokens: Tokens;
  readonly admission: Admission;
  /** Throws STORE_UNAVAILABLE until the store is open. */
  readonly context: () => ApiContext;
  readonly log: Log;
}

const SEE_OTHER = 303;
const PAGE = 50;
const PILOT = /^\+[1-9]\d{6,14}$/;
const CURSOR = /^\d{1,15}-\d{1,15}$/;
/** Of ours, below the pages to which one signs in. */
const PLACE = /^\/calls(?:$|[/?])[\x21-\x7e]*$/;

interface Visitor {
  readonly who: Identity;
  readonly session: string;
}

/** A word of the query or the form; empty where it is none. */
const wordOf = (from: unknown, name: string): string => {
  const value = (from as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
};
const langOf = ({ query }: FastifyRequest): Lang => (wordOf(query, 'lang') === 'lv' ? 'lv' : 'en');
const isSecure = ({ protocol }: FastifyRequest): boolean => protocol === 'https';
const placeOf = (text: string): string => (PLACE.test(text) && !text.startsWith('/calls//') ? text : '/calls');

export async function operatorPages(pages: FastifyInstance, options: OperatorOptions): Promise<void> {
  const { tokens, admission, context, log } = options;
  const sessions = new Sessions(tokens);
  // What is posted here is a form, and nothing is read in any other way.
  pages.removeAllContentTypeParsers();
  await pages.register(cookie);
  await pages.register(formbody);

  pages.addHook('onRequest', async (request, reply) => {
    void reply.headers(pageHeaders(isSecure(request)));
    await admission.count(request);
  });
  pages.setErrorHandler((thrown, request, reply) => {
    const { code, status, document, more } = problemOf(thrown);
    if (code === 'INTERNAL')
      log.error({ err: thrown, method: request.method, route: request.routeOptions.url }, 'page failed');
    const { title, detail } = document;
    reply.code(status).headers(more.headers ?? {});
    return sendPage(reply, RefusalPage({ lang: langOf(request), who: undefined, title, detail }));
  });

  const visitorOf = async (request: FastifyRequest): Promise<Visitor | undefined> => {
    const session = request.cookies[cookieOf(request).name] ?? '';
    const who = session === '' ? undefined : await sessions.find(context().link, session);
    return who === undefined ? undefined : { who, session };
  };
  /** Shows a page to whom may see it; everybody else signs in first. */
  const shown = (show: (request: FastifyRequest, visitor: Visitor, shownTo: SignedIn) => Promise<VNode | string>) => {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const visitor = await visitorOf(request);
      if (visitor === undefined || !mayDo(visitor.who, 'calls')) {
        const to = encodeURIComponent(placeOf(request.url));
        return reply.redirect(`/sign-in?lang=${langOf(request)}&to=${to}`, SEE_OTHER);
      }
      const { name, role } = visitor.who;
      const given = await show(request, visitor, { name, role, formToken: formTokenOf(visitor.session) });
      return typeof given === 'string' ? reply.redirect(given, SEE_OTHER) : sendPage(reply, given);
    };
  };

  for (const { path, type, content } of [STYLESHEET, ICON_IMAGE])
    pages.get(path, async (_request, reply) => reply.headers(ASSET_HEADERS).type(type).send(content));

  pages.get('/sign-in', async (request, reply) =>
    sendPage(reply, SignInPage({ lang: langOf(request), to: placeOf(wordOf(request.query, 'to')) })),
  );

  pages.post('/sign-in', async (request, reply) => {
    mustBeOurs(request);
    const lang = langOf(request);
    const to = placeOf(wordOf(request.body, 'to'));
    const who = tokens.find(wordOf(request.body, 'token').trim());
    if (who === undefined || !mayDo(who, 'calls')) {
      const wrong = who === undefined ? WORDS[lang].unknownToken : WORDS[lang].noCalls(who.role);
      return sendPage(reply.code(403), SignInPage({ lang, to, wrong }));
    }
    const session = await sessions.begin(context().link, who);
    const { name, attributes } = cookieOf(request);
    log.info({ by: who.name }, 'somebody signed in to the pages');
    return reply.setCookie(name, session, attributes).redirect(to, SEE_OTHER);
  });

  pages.post('/sign-out', async (request, reply) => {
    mustBeOurs(request);
    const { name, attributes } = cookieOf(request);
    const session = request.cookies[name] ?? '';
    if (!isFormToken(session, wordOf(request.body, 'form'))) throw foreign();
    await sessions.end(context().link, session);
    return reply.clearCookie(name, attributes).redirect('/sign-in', SEE_OTHER);
  });

  pages.get(
    '/calls',
    shown(async (request, { who }, shownTo) => {
      const { query } = request;
      const lang = langOf(request);
      const found = wordOf(query, 'find').trim();
      const isPilot = PILOT.test(found.replace(/[\s().-]/g, ''));
      if (found !== '' && !isPilot) return `/calls/${encodeURIComponent(found)}?lang=${lang}`;
      const asked = (isPilot ? found : wordOf(query, 'pilot')).replace(/[\s().-]/g, '');
      const pilot = PILOT.test(asked) ? asked : undefined;
      const cursor = wordOf(query, 'cursor');
      const { link, settings } = context();
      const filter = { pilot, ...(CURSOR.test(cursor) && { before: cursor }) };
      const { calls, next } = await pageOfCalls(link, filter, PAGE);
      const times = new Times(settings.timeZone);
      const records = calls.map((call) => callFor(who, call).record);
      return CallsPage({ lang, who: shownTo, records, pilot, next, when: (at) => times.whole(at) });
    }),
  );

  pages.get(
    '/calls/:id',
    shown(async (request, { who }, shownTo) => {
      const isWhole = wordOf(request.query, 'numbers') === 'whole';
      const asked = { lang: langOf(request), whole: isWhole, reveal: false };
      const explanation = await explained(context(), who, wordOf(request.params, 'id'), asked);
      return CallPage({ explanation, who: shownTo, isWhole, mayWhole: mayDo(who, 'callers') });
    }),
  );
}

const sendPage = (reply: FastifyReply, page: VNode): FastifyReply =>
  reply.type('text/html; charset=utf-8').send(htmlOf(page));

/** `__Host-`: of this host, over TLS, and set by nobody else. Without TLS browsers refuse a cookie of that name. */
function cookieOf(request: FastifyRequest) {
  const secure = isSecure(request);
  // Lax: whoever follows a link in a ticket is still signed in. No GET changes anything.
  const attributes = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
  return { name: secure ? '__Host-operator' : 'operator', attributes };
}

const foreign = (): Problem =>
  new Problem('FOREIGN', 'this form did not come from a page of ours: open the page again');

/** What browsers say of where a form comes from. Our pages send no referrer, and so the Origin `null`, which says nothing. */
function mustBeOurs({ headers, protocol, host }: FastifyRequest): void {
  if (isForeign(headers, `${protocol}://${host}`)) throw foreign();
}
