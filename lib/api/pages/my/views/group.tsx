import type { VNode } from 'preact';
import type { GroupView } from '../../../../store/groups.js';
import { type GroupDraft, memberField } from '../group-form.js';
import type { Words } from '../words/words.js';
import { FactsOfGroup } from './home.js';
import { Layout, pathOf, type SessionShown } from './layout.js';
import { Choices, focusedIf, MistakeSummary, MistakeText, mistakeId, Notice, type ShownMistake } from './parts.js';

export interface GroupPageProps {
  readonly words: Words;
  readonly session: SessionShown;
  readonly draft: GroupDraft;
  readonly rings: readonly number[];
  readonly maxMembers: number;
  readonly mistakes?: readonly ShownMistake[];
  /** `saved`: what is shown is in force; `unsaved`: it is not yet; `stale`: somebody else has changed it meanwhile. */
  readonly news?: 'saved' | 'unsaved' | 'stale' | undefined;
  /** What is in force, where that is not what is shown. */
  readonly current?: GroupView | undefined;
  /** The field or button that has the focus. */
  readonly focus?: string | undefined;
}

const FORM = 'group';

export function GroupPage(props: GroupPageProps): VNode {
  const { words, session, draft, mistakes = [], news, current, rings } = props;
  const { group: say } = words;
  const mistakeOf = (field: string): string | undefined => mistakes.find((one) => one.field === field)?.text;
  return (
    <Layout
      words={words}
      title={words.pages.group}
      here="group"
      isWrong={mistakes.length > 0 || news === 'stale'}
      session={session}
      inLanguage={(lang) => pathOf(lang, 'group')}
      form={FORM}
      save={say.save}
    >
      {mistakes.length > 0 && <MistakeSummary words={words} mistakes={mistakes} />}
      <h1>{words.pages.group}</h1>
      <News words={words} news={news} current={current} />
      <p class="lead">{say.intro}</p>
      <form id={FORM} method="post" action={pathOf(words.lang, 'group')} noValidate autoComplete="off">
        <input type="hidden" name="form" value={session.formToken} />
        <input type="hidden" name="version" value={draft.version} />
        <Choices
          words={words}
          field="enabled"
          legend={say.state}
          hint={say.stateHint}
          choices={[
            { value: 'yes', name: say.on },
            { value: 'no', name: say.off },
          ]}
          chosen={draft.enabled}
          mistake={mistakeOf('enabled')}
          inRow
        />
        <Members {...props} mistakeOf={mistakeOf} />
        <Choices
          words={words}
          field="ring"
          legend={say.ring}
          hint={say.ringHint}
          choices={rings.map((ring) => ({ value: String(ring), name: say.seconds(ring) }))}
          chosen={draft.ring}
          mistake={mistakeOf('ring')}
          inRow
        />
        <Choices
          words={words}
          field="policy"
          legend={say.policy}
          choices={(['linear', 'circular'] as const).map((value) => ({ value, ...say.policies[value] }))}
          chosen={draft.policy}
          mistake={mistakeOf('policy')}
        />
        <div class="actions">
          <button type="submit" name="press" value="save">
            {say.save}
          </button>
        </div>
      </form>
    </Layout>
  );
}

function News({ words, news, current }: Pick<GroupPageProps, 'words' | 'news' | 'current'>): VNode | null {
  const { group: say } = words;
  if (news === 'saved') {
    return (
      <Notice kind="done" heading={say.saved}>
        <p>{say.savedText}</p>
      </Notice>
    );
  }
  if (news === 'unsaved') {
    return (
      <Notice kind="warn" heading={say.unsaved}>
        <p>{say.unsavedText}</p>
      </Notice>
    );
  }
  if (news !== 'stale' || current === undefined) return null;
  return (
    <Notice kind="warn" heading={say.stale}>
      <p>{say.staleText}</p>
      <h3>{say.current}</h3>
      <FactsOfGroup words={words} group={current} />
    </Notice>
  );
}

type MembersProps = GroupPageProps & { readonly mistakeOf: (field: string) => string | undefined };

function Members({ words, draft, maxMembers, focus, mistakeOf }: MembersProps): VNode {
  const { group: say } = words;
  const mistake = mistakeOf('next');
  return (
    <fieldset>
      <legend>{say.members}</legend>
      <span class="hint">{say.membersHint(maxMembers)}</span>
      <ol class="members">
        {draft.members.map((member, place) => (
          <Row
            key={memberField(place)}
            words={words}
            member={member}
            place={place}
            count={draft.members.length}
            focus={focus}
            mistake={mistakeOf(memberField(place))}
          />
        ))}
      </ol>
      <div class={mistake === undefined ? undefined : 'wrong'}>
        <label for="next">{say.next}</label>
        <span class="hint" id="next-hint">
          {say.nextHint}
        </span>
        {mistake !== undefined && <MistakeText words={words} field="next" text={mistake} />}
        <div class="member">
          <input
            type="tel"
            id="next"
            name="next"
            value={draft.next}
            aria-describedby={mistake === undefined ? 'next-hint' : `next-hint ${mistakeId('next')}`}
            aria-invalid={mistake !== undefined || undefined}
            {...focusedIf(focus === 'next')}
          />
          <button type="submit" class="plain" name="press" value="add">
            {say.add}
          </button>
        </div>
      </div>
    </fieldset>
  );
}

interface RowProps {
  readonly words: Words;
  readonly member: string;
  readonly place: number;
  readonly count: number;
  readonly focus: string | undefined;
  readonly mistake: string | undefined;
}

function Row({ words, member, place, count, focus, mistake }: RowProps): VNode {
  const { group: say } = words;
  const field = memberField(place);
  const called = member.trim() === '' ? say.place(place + 1) : member;
  const buttons = [
    ...(place > 0 ? [{ verb: 'up', name: say.up }] : []),
    ...(place < count - 1 ? [{ verb: 'down', name: say.down }] : []),
    { verb: 'remove', name: say.remove },
  ];
  return (
    <li>
      <div class={mistake === undefined ? undefined : 'wrong'}>
        <label class="hidden" for={field}>
          {say.place(place + 1)}
        </label>
        {mistake !== undefined && <MistakeText words={words} field={field} text={mistake} />}
        <div class="member">
          <input
            type="tel"
            id={field}
            name="member"
            value={member}
            aria-describedby={mistake === undefined ? undefined : mistakeId(field)}
            aria-invalid={mistake !== undefined || undefined}
            {...focusedIf(focus === field)}
          />
          <div class="actions">
            {buttons.map(({ verb, name }) => (
              <button
                key={verb}
                type="submit"
                class="plain small"
                name="press"
                value={`${verb}-${place}`}
                {...focusedIf(focus === `${verb}-${place}`)}
              >
                {name}
                <span class="hidden"> {called}</span>
              </button>
            ))}
          </div>
        </div>
      </div>
    </li>
  );
}
