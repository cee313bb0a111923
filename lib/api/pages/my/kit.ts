/** What the routes of the customer's pages share: who asks, in which language, whether the form is ours, and how a page is sent. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { VNode } from 'preact';
import type { Clock } from '../../../base/clock.js';
import type { Log } from '../../../base/log.js';
import { Times } from '../../../explain/times.js';
import type { Adviser } from '../../../secondary-use/advice/adviser.js';
import type { GroupView } from '../../../store/groups.js';
import type { Store } from '../../../store/open-store.js';
import { PageAccess, type SessionLife } from '../../../store/page-access.js';
import { isForeign } from '../headers.js';
import { htmlOf } from '../html.js';
import type { Register } from './consenting.js';
import { Refused } from './refusal.js';
import { digestOf, isSession, Signer } from './tokens.js';
import { EN } from './words/en.js';
import { LV } from './words/lv.js';
import { LANGS, type Lang, type Words } from './words/words.js';

export interface MyPagesOptions {
  /** Where customers reach the service: never read from a request. */
  readonly baseUrl: string;
  readonly secret: string;
  readonly life: SessionLife;
  readonly requestsPerMinute: number;
  readonly triesPerMinute: number;
  /** Undefined until it is open. */
  readonly store: () => Store | undefined;
  /** Absent: there is no consent register. Undefined until it is open. */
  readonly register?: (() => Register | undefined) | undefined;
  /** Sentences on the group of a number; absent: there is no consent register. */
  readonly advise?: Adviser | undefined;
  /** A number as people write it, in E.164. */
  readonly numberIn: (written: string) => string | undefined;
  readonly rings: readonly number[];
  readonly maxMembers: number;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who has signed in, with what every page says of that. */
export interface Visitor {
  readonly number: string;
  readonly session: string;
  readonly formToken: string;
  /** Milliseconds since 1970. */
  readonly till: number;
  /** Of the number; undefined: it has none. */
  readonly group: GroupView | undefined;
}

export interface Seen {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly words: Words;
}

export const WORDS: Readonly<Record<Lang, Words>> = { lv: LV, en: EN };

const SEE_OTHER = 303;

export class Kit {
  readonly options: MyPagesOptions;
  readonly signer: Signer;
  readonly access: PageAccess;
  readonly times: Times;
  readonly secure: boolean;
  /** `__Host-`: of this host, over TLS, and set by nobody else. Without TLS browsers refuse a cookie of that name. */
  readonly #cookie: string;
  readonly #cookieOptions: {
    readonly path: '/';
    readonly httpOnly: true;
    readonly sameSite: 'lax';
    readonly secure: boolean;
  };

  constructor(options: MyPagesOptions) {
    this.options = options;
    this.signer = new Signer(options.secret);
    this.access = new PageAccess(() => this.store.link);
    this.times = new Times(options.timeZone);
    this.secure = options.baseUrl.startsWith('https:');
    this.#cookie = this.secure ? '__Host-my' : 'my';
    this.#cookieOptions = { path: '/', httpOnly: true, sameSite: 'lax', secure: this.secure };
  }

  get store(): Store {
    const store = this.options.store();
    if (store === undefined) throw new Refused('away');
    return store;
  }

  get hasConsents(): boolean {
    return this.options.register !== undefined;
  }

  get register(): Register {
    if (this.options.register === undefined) throw new Refused('not-found');
    const register = this.options.register();
    if (register === undefined) throw new Refused('away');
    return register;
  }

  /** A route in each language: `/lv/calls` and `/en/calls`. */
  route(
    server: FastifyInstance,
    method: 'GET' | 'POST',
    path: string,
    handle: (seen: Seen) => Promise<FastifyReply>,
  ): void {
    for (const lang of LANGS) {
      const url = `/${lang}${path}`;
      server.route({ method, url, handler: (request, reply) => handle({ request, reply, words: WORDS[lang] }) });
    }
  }

  /** The session's id as the browser has it; empty where there is none. */
  sessionIn(request: FastifyRequest): string {
    const session = request.cookies[this.#cookie] ?? '';
    return isSession(session) ? session : '';
  }

  async visitor(request: FastifyRequest): Promise<Visitor> {
    const session = this.sessionIn(request);
    const found = session === '' ? undefined : await this.access.session(digestOf(session), this.options.life.idle);
    if (found === undefined) throw new Refused('signed-out');
    const group = await this.store.groups.get(found.number);
    return { number: found.number, session, formToken: this.signer.formToken(session), till: found.till, group };
  }

  /** Who has posted a form of ours. Refused is what another site has made the browser post. */
  async poster(request: FastifyRequest): Promise<Visitor> {
    this.mustBeOurs(request);
    const visitor = await this.visitor(request);
    const given = (request.body as Readonly<Record<string, unknown>> | undefined)?.form;
    if (typeof given !== 'string' || !this.signer.isFormToken(visitor.session, given)) throw new Refused('foreign');
    return visitor;
  }

  mustBeOurs({ headers }: FastifyRequest): void {
    if (isForeign(headers, this.options.baseUrl)) throw new Refused('foreign');
  }

  begin(reply: FastifyReply, session: string): void {
    void reply.setCookie(this.#cookie, session, this.#cookieOptions);
  }

  end(reply: FastifyReply): void {
    void reply.clearCookie(this.#cookie, this.#cookieOptions);
  }

  page(reply: FastifyReply, page: VNode, status = 200): FastifyReply {
    return reply.code(status).type('text/html; charset=utf-8').send(htmlOf(page));
  }

  /** Only to pages of ours, which are named here and in no request. */
  goTo(reply: FastifyReply, path: string): FastifyReply {
    return reply.redirect(path, SEE_OTHER);
  }

  /** As people read it, with the offset: `22:10 (+02:00)`, and the day where that is not today. */
  time(at: number): string {
    const [day = '', clock = '', offset = ''] = this.times.whole(at).split(' ');
    const [today] = this.times.whole(this.options.clock.now()).split(' ');
    return `${day === today ? '' : `${day} `}${clock.slice(0, 5)} (${offset})`;
  }
}

/** Of the path, else of the query, else as the browser prefers. */
export function languageOf(request: FastifyRequest): Lang {
  const [, path = ''] = /^\/my\/(\w\w)(?:\/|$|\?)/.exec(request.url) ?? [];
  const { lang } = (request.query ?? {}) as { lang?: unknown };
  const preferred = request.languages([...LANGS]);
  const first = Array.isArray(preferred) ? preferred[0] : preferred;
  return (
    LANGS.find((one) => one === path) ?? LANGS.find((one) => one === lang) ?? LANGS.find((one) => one === first) ?? 'lv'
  );
}
