/** The consents, shown, given and withdrawn; each decision is an act of the register, and what is shown is read from it again. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { canonical, digest } from '../../../consent/canonical.js';
import { allPairs, partsOf, purposeOf } from '../../../consent/catalogue.js';
import type { ConsentState, HistoryEntry } from '../../../consent/register.js';
import { actsOf, noticesNow, readConsents, shownPurposes } from './consent-form.js';
import { decide, newOnce, type Register } from './consenting.js';
import type { Kit, Seen, Visitor } from './kit.js';
import { Refused } from './refusal.js';
import { sessionShown } from './shown.js';
import { ConsentsPage, type ConsentsPageProps } from './views/consents.js';
import { HistoryPage, type ShownAct } from './views/history.js';
import { pathOf } from './views/layout.js';
import type { Words } from './words/words.js';

const CONFLICT = 409;
const HISTORY_PAGE = 20;
const ONCE = /^[\w-]{16}$/;

type Shown = Partial<Pick<ConsentsPageProps, 'seq' | 'once' | 'was' | 'ticked' | 'news'>>;

export function consentRoutes(server: FastifyInstance, kit: Kit): void {
  const show = (
    { reply, words }: Seen,
    visitor: Visitor,
    state: ConsentState,
    shown: Shown = {},
    status = 200,
  ): FastifyReply => {
    const { catalogue, controller } = kit.register;
    const purposes = shownPurposes(catalogue, state);
    const valid = purposes.flatMap(({ pairs }) => pairs.filter((pair) => pair.valid).map(({ pair }) => pair));
    const page = ConsentsPage({
      ...{ words, session: sessionShown(kit, visitor), purposes, controller },
      channelOf: (channel) => catalogue.channels[channel]?.[words.lang] ?? channel,
      day: (iso) => kit.times.whole(Date.parse(iso)).slice(0, 10),
      ...{ seq: state.seq, once: newOnce(), was: valid, ticked: valid, ...shown },
    });
    return kit.page(reply, page, status);
  };

  kit.route(server, 'GET', '/consents', async (seen) => {
    const visitor = await kit.visitor(seen.request);
    const state = await kit.register.state(visitor.number);
    const { saved } = seen.request.query as { saved?: unknown };
    // Not taken from the address: the register has that act, and none behind it.
    const news =
      saved === String(state.seq) ? (state.seq > 0 ? 'saved' : undefined) : saved === 'nothing' ? 'nothing' : undefined;
    return show(seen, visitor, state, { news });
  });

  kit.route(server, 'POST', '/consents', async (seen) => {
    const { request, reply, words } = seen;
    const visitor = await kit.poster(request);
    const draft = readConsents(request.body);
    const { press } = request.body as { press?: unknown };
    if (draft === undefined || (press !== 'save' && press !== 'language')) throw new Refused('bad-form');
    const { register } = kit;
    if (press === 'language') {
      const isAsIs = draft.was.length === draft.ticked.length && draft.was.every((pair) => draft.ticked.includes(pair));
      return show(seen, visitor, await register.state(visitor.number), {
        ...draft,
        news: isAsIs ? undefined : 'unsaved',
      });
    }
    const isKnown = (pair: string): boolean => allPairs(register.catalogue).some((one) => one === pair);
    if (![...draft.ticked, ...draft.was].every(isKnown)) throw new Refused('bad-form');
    const { withdraw, grants } = actsOf(draft, visitor.number, words.lang);
    if (withdraw === undefined && grants.length === 0) {
      return kit.goTo(reply, `${pathOf(words.lang, 'consents')}?saved=nothing`);
    }
    // Before anything is granted: of a form with a notice of yesterday nothing is.
    const isOutdated = grants.some(
      ({ notice = '' }) => !noticesNow(register.catalogue, kit.options.clock.now()).has(notice),
    );
    const taken = await decide(register, { withdraw, grants: isOutdated ? [] : grants }, draft.seq);
    const decided = isOutdated ? 'stale' : taken;
    if (decided !== 'stale') return kit.goTo(reply, `${pathOf(words.lang, 'consents')}?saved=${decided}`);
    const state = await register.state(visitor.number);
    const valid = state.pairs.filter((pair) => pair.valid).map(({ pair }) => pair);
    // Of an older form only what was ticked on it by hand: what it showed as ticked may be withdrawn since.
    const wanted = draft.ticked.filter((pair) => !draft.was.includes(pair));
    return show(seen, visitor, state, { ticked: [...valid, ...wanted], news: 'stale' }, CONFLICT);
  });

  kit.route(server, 'POST', '/consents/withdraw-all', async ({ request, reply, words }) => {
    const { number } = await kit.poster(request);
    const { once } = request.body as { once?: unknown };
    if (typeof once !== 'string' || !ONCE.test(once)) throw new Refused('bad-form');
    const about = { number, method: 'web', by: 'customer' };
    const { act } = await kit.register.act({ ...about, act: 'withdraw', pairs: 'all', request: `${once}.all` });
    return kit.goTo(reply, `${pathOf(words.lang, 'consents')}?saved=${act.seq}`);
  });

  kit.route(server, 'GET', '/history', async ({ request, reply, words }) => {
    const visitor = await kit.visitor(request);
    const { before } = request.query as { before?: unknown };
    if (before !== undefined && !(typeof before === 'string' && /^\d{1,10}$/.test(before)))
      throw new Refused('not-found');
    const behind = before === undefined ? undefined : Number(before);
    const all = [...(await kit.register.history(visitor.number))].reverse();
    const rest = behind === undefined ? all : all.filter(({ seq }) => seq < behind);
    const some = rest.slice(0, HISTORY_PAGE);
    const older = rest.length > HISTORY_PAGE ? some.at(-1)?.seq : undefined;
    const acts = some.map((act) => shownAct(act, kit, words));
    return kit.page(reply, HistoryPage({ words, session: sessionShown(kit, visitor), acts, before: behind, older }));
  });
}

const PROOF_CHARS = 12;

function shownAct(act: HistoryEntry, kit: Kit, words: Words): ShownAct {
  const { history: say, lang } = words;
  const [day = '', clock = '', offset = ''] = kit.times.whole(Date.parse(act.at)).split(' ');
  return {
    ...{ seq: act.seq, instant: act.at, when: `${day} ${clock} (${offset})`, what: say.acts[act.act], text: act.text },
    of: namesOf(act.pairs, kit.register, lang),
    notice: act.notice === undefined ? undefined : `${act.notice.id}@${act.notice.version} (${act.notice.language})`,
    method: say.methods[act.method],
    proof: proofOf(act),
  };
}

/** The hash of its record, as the next one carries it. */
function proofOf({ text: _, ...record }: HistoryEntry): string {
  return digest(canonical(record)).slice(0, PROOF_CHARS);
}

/** `News and offers: E-mail, SMS`; a purpose with one channel by its title alone. */
function namesOf(pairs: readonly string[], { catalogue }: Register, lang: string): string[] {
  const channels = new Map<string, string[]>();
  for (const pair of pairs) {
    const { purpose, channel } = partsOf(pair);
    channels.set(purpose, [...(channels.get(purpose) ?? []), channel]);
  }
  return [...channels].map(([id, some]) => {
    const title = purposeOf(catalogue, id)?.notices.at(-1)?.title[lang] ?? id;
    const names = some.map((channel) => catalogue.channels[channel]?.[lang] ?? channel);
    return some.length === 1 && some[0] === 'data' ? title : `${title}: ${names.join(', ')}`;
  });
}
