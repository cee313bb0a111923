/** The customers' pages on a real Redis, and a customer without a browser. */
import { Writable } from 'node:stream';
import { createMeter } from '../../lib/api/metrics.js';
import type { MyPagesOptions } from '../../lib/api/pages/my/kit.js';
import { myPages, unreadable } from '../../lib/api/pages/my/my-pages.js';
import { digestOf, linkUrl, Signer } from '../../lib/api/pages/my/tokens.js';
import { createHttpServer, type HttpServer } from '../../lib/api/server.js';
import { systemClock } from '../../lib/base/clock.js';
import { createLog } from '../../lib/base/log.js';
import { Numbers } from '../../lib/call/numbers.js';
import type { Consent } from '../../lib/consent/open.js';
import { adviserOf } from '../../lib/secondary-use/advice/adviser.js';
import { pageSettings } from '../../lib/settings.js';
import type { Store } from '../../lib/store/open-store.js';
import { PageAccess } from '../../lib/store/page-access.js';
import { openAt } from './consent.js';
import { CONFIG } from './defaults.js';
import { startRedis, type TestRedis } from './redis.js';
import { directory, open, remove } from './store.js';

export const PAGES_SECRET = 'a secret that is long enough to sign with';
export const PAGES_HOST = 'my.virkne.test';

export interface Pages {
  readonly redis: TestRedis;
  readonly store: Store;
  /** Where the service listens; customers know another address. */
  readonly url: string;
  readonly log: readonly string[];
  readonly access: PageAccess;
  readonly consent: Consent;
  /** The path of a new link. */
  link(number: string, life?: number): Promise<string>;
  customer(more?: Readonly<Record<string, string>>): Customer;
  /** As though the store were not open yet. */
  hideStore(is: boolean): void;
  close(): Promise<void>;
}

export async function startPages(more: Partial<MyPagesOptions> = {}, proxies: readonly string[] = []): Promise<Pages> {
  const redis = await startRedis();
  const path = directory();
  const store = await open(redis.url, path);
  const consent = await openAt(redis.url);
  const log: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      log.push(String(chunk));
      done();
    },
  });
  const settings = pageSettings({
    ...CONFIG,
    pages: {
      ...CONFIG.pages,
      baseUrl: `https://${PAGES_HOST}`,
      secret: PAGES_SECRET,
      requestsPerMinute: 100_000,
      triesPerMinute: 1_000,
    },
  });
  if (settings === undefined) throw new Error('there are no pages');
  const numbers = new Numbers('LV');
  let isHidden = false;
  const server: HttpServer = createHttpServer({
    listen: { address: '127.0.0.1', port: 0 },
    health: () => ({ missing: [] }),
    meter: createMeter(),
    clock: systemClock,
    log: createLog('trace', { stream, close: () => {} }),
    trustedProxies: proxies,
    unreadable,
    parts: [
      myPages({
        ...settings,
        store: () => (isHidden ? undefined : store),
        register: () => (isHidden ? undefined : consent.register),
        advise: adviserOf({
          uses: () => (isHidden ? undefined : consent),
          redis: () => (isHidden ? undefined : store.link),
          timeZone: settings.timeZone,
          ringTimes: settings.rings,
        }),
        numberIn: (written) => numbers.fromUserPart(written),
        clock: systemClock,
        log: createLog('trace', { stream, close: () => {} }),
        ...more,
      }),
    ],
  });
  const url = await server.start();
  const access = new PageAccess(() => store.link);
  return {
    ...{ redis, store, url, log, access, consent },
    link: async (number, life = 60_000) => {
      const token = new Signer(more.secret ?? PAGES_SECRET).newLink();
      await access.give(digestOf(token), number, life);
      return linkUrl('', token);
    },
    customer: (headers) => new Customer(url, headers),
    hideStore: (is) => {
      isHidden = is;
    },
    close: async () => {
      await server.close();
      consent.close();
      await store.close();
      remove(path);
      await redis.stop();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly title: string;
  /** Where to, of a redirection. */
  readonly to: string | null;
}

export type Fields = Readonly<Record<string, string | readonly string[]>>;

/** What a browser does, as far as it keeps cookies, fills forms and says where they come from. */
export class Customer {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  cookie = '';

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#headers = headers;
  }

  get(path: string, more: RequestInit = {}): Promise<Answer> {
    return this.#ask(path, more);
  }

  /** Of a page of ours, unless `headers` say otherwise. */
  post(path: string, fields: Fields | string = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#ask(path, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', origin: 'null' },
        ...headers,
      },
      body: typeof fields === 'string' ? fields : encoded(fields),
    });
  }

  /** Redeems a link, and follows where it leads. */
  async enter(link: string): Promise<Answer> {
    const { to, status } = await this.post(link);
    if (to === null) throw new Error(`the link gave ${status}`);
    return this.get(to);
  }

  /** The page with its form as a browser would post it, changed. */
  async submit(path: string, change: (fields: Record<string, string | string[]>) => void): Promise<Answer> {
    const { text } = await this.get(path);
    const fields = fieldsIn(text);
    change(fields);
    return this.post(path, fields);
  }

  async #ask(path: string, { headers, ...init }: RequestInit): Promise<Answer> {
    const all = { ...this.#headers, cookie: this.cookie, ...(headers as Record<string, string>) };
    const said = Object.entries(all).filter(([, value]) => value !== '');
    const response = await fetch(`${this.#url}${path}`, { redirect: 'manual', headers: said, ...init });
    for (const set of response.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      this.cookie = /Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(set) ? '' : pair;
    }
    const text = await response.text();
    return {
      ...{ status: response.status, headers: response.headers, text, to: response.headers.get('location') },
      title: unescaped(/<title>(.*?)<\/title>/.exec(text)?.[1] ?? ''),
    };
  }
}

const encoded = (fields: Fields): string => {
  const body = new URLSearchParams();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of typeof values === 'string' ? [values] : values) body.append(name, value);
  }
  return body.toString();
};

const LISTS = new Set(['member', 'ticked', 'was', 'shown']);

/** What the first form of the page would post, without its buttons. */
export function fieldsIn(html: string): Record<string, string | string[]> {
  const [form = ''] = /<form id=[\s\S]*?<\/form>/.exec(html) ?? [];
  const fields: Record<string, string | string[]> = {};
  for (const [input] of form.matchAll(/<input [^>]*>/g)) {
    const of = (name: string): string => unescaped(new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1] ?? '');
    const isChoice = /type="(?:radio|checkbox)"/.test(input);
    if (isChoice && !/ checked/.test(input)) continue;
    const before = fields[of('name')];
    const isList = LISTS.has(of('name')) || before !== undefined;
    fields[of('name')] = isList ? [...(before === undefined ? [] : [before].flat()), of('value')] : of('value');
  }
  return fields;
}

const SIGNS: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
export const unescaped = (text: string): string =>
  text.replace(/&(?:amp|lt|gt|quot|#39);/g, (sign) => SIGNS[sign] ?? sign);
