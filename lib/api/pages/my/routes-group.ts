/** The ring group, shown and changed. What is written goes through the function that redis-cli uses, and by its rules. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { StoreError } from '../../../store/errors.js';
import type { GroupView } from '../../../store/groups.js';
import { checkDraft, draftOf, type GroupChange, type GroupDraft, isSame, pressed, readDraft } from './group-form.js';
import type { Kit, Seen, Visitor } from './kit.js';
import { Refused } from './refusal.js';
import { sessionShown } from './shown.js';
import { GroupPage, type GroupPageProps } from './views/group.js';
import { pathOf } from './views/layout.js';
import type { Words } from './words/words.js';

/** Who has changed it, in the group's audit. */
const BY = 'customer';

const BAD_REQUEST = 400;
const CONFLICT = 409;

type Shown = Partial<Pick<GroupPageProps, 'mistakes' | 'news' | 'current' | 'focus'>>;

export function groupRoutes(server: FastifyInstance, kit: Kit): void {
  const { rings, maxMembers, numberIn } = kit.options;

  const show = (
    { reply, words }: Seen,
    visitor: Visitor,
    draft: GroupDraft,
    shown: Shown,
    status = 200,
  ): FastifyReply => {
    const session = sessionShown(kit, visitor);
    return kit.page(reply, GroupPage({ words, session, draft, rings, maxMembers, ...shown }), status);
  };

  kit.route(server, 'GET', '/group', async (seen) => {
    const visitor = await kit.visitor(seen.request);
    const group = groupOf(visitor);
    // It is not taken from the address that something was saved: the group has the version that was written.
    const { saved } = seen.request.query as { saved?: unknown };
    return show(seen, visitor, draftOf(group), saved === String(group.version) ? { news: 'saved' } : {});
  });

  kit.route(server, 'POST', '/group', async (seen) => {
    const { request, reply, words } = seen;
    const visitor = await kit.poster(request);
    const group = groupOf(visitor);
    const draft = readDraft(request.body);
    const { press } = request.body as { press?: unknown };
    if (draft === undefined || typeof press !== 'string') throw new Refused('bad-form');
    if (press === 'language') return show(seen, visitor, draft, isAsIs(draft, group) ? {} : { news: 'unsaved' });
    if (press !== 'save') {
      const then = pressed(draft, press);
      if (then === undefined) throw new Refused('bad-form');
      return show(seen, visitor, then.draft, { news: 'unsaved', focus: then.focus });
    }
    const rules = { pilot: group.pilot, rings, maxMembers, present: group.members, numberIn };
    const checked = checkDraft(draft, rules);
    if (checked.change === undefined) {
      const told = checked.mistakes.map(({ field, say }) => ({
        field,
        text: say(words.field),
        of: nameOf(field, words),
      }));
      return show(seen, visitor, draft, { mistakes: told }, BAD_REQUEST);
    }
    const written = await write(group, checked.change, draft.version);
    if (written === 'stale') {
      const now = { ...draft, version: String(group.version) };
      return show(seen, visitor, now, { news: 'stale', current: group }, CONFLICT);
    }
    if (typeof written === 'string') {
      const mistakes = [{ text: words.group.refused, quoted: written }];
      return show(seen, visitor, draft, { mistakes }, BAD_REQUEST);
    }
    return kit.goTo(reply, `${pathOf(words.lang, 'group')}?saved=${written}`);
  });

  /** The version that has it; `stale`; or why the function refuses it. */
  async function write(group: GroupView, change: GroupChange, seen: string): Promise<number | string> {
    // Also what a double click brings a second time.
    if (isSame(group, change)) return group.version;
    if (seen !== String(group.version)) return 'stale';
    try {
      return await kit.store.groups.set(group.pilot, change, { by: BY, version: group.version });
    } catch (thrown) {
      if (!(thrown instanceof StoreError) || thrown.code !== 'STORE_REFUSED') throw thrown;
      return thrown.refusal === 'VERSION' ? 'stale' : thrown.message;
    }
  }
}

function groupOf({ group }: Visitor): GroupView {
  if (group === undefined) throw new Refused('not-found');
  return group;
}

const isAsIs = (draft: GroupDraft, group: GroupView): boolean =>
  JSON.stringify(draft) === JSON.stringify({ ...draftOf(group), version: draft.version });

/** Which row it is, for who reads of its mistake elsewhere. */
function nameOf(field: string, words: Words): string {
  const [, place] = /^member-(\d+)$/.exec(field) ?? [];
  if (place !== undefined) return words.group.place(Number(place) + 1);
  return (
    { next: words.group.next, ring: words.group.ring, policy: words.group.policy, enabled: words.group.state }[field] ??
    ''
  );
}
