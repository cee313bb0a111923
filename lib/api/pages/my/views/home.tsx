import type { VNode } from 'preact';
import type { GroupView } from '../../../../store/groups.js';
import type { Words } from '../words/words.js';
import { Layout, pathOf, type SessionShown } from './layout.js';

interface HomeProps {
  readonly words: Words;
  readonly session: SessionShown;
  readonly group: GroupView | undefined;
  /** How many consents are given; undefined: it is not known just now. */
  readonly given: number | undefined;
}

export function HomePage({ words, session, group, given }: HomeProps): VNode {
  const { home, pages, lang } = words;
  return (
    <Layout
      words={words}
      title={pages.home}
      here="home"
      session={session}
      inLanguage={(other) => pathOf(other, 'home')}
    >
      <h1>{session.number}</h1>
      <section class="card">
        <h2>{home.group}</h2>
        {group === undefined ? <p>{home.noGroup}</p> : <GroupFacts words={words} group={group} />}
      </section>
      {group !== undefined && (
        <section class="card">
          <h2>{home.calls}</h2>
          <p>{home.callsText}</p>
          <p>
            <a href={pathOf(lang, 'calls')}>{home.see}</a>
          </p>
        </section>
      )}
      {session.hasConsents && (
        <section class="card">
          <h2>{pages.consents}</h2>
          {given !== undefined && <p>{words.consents.summary(given)}</p>}
          <p>
            <a href={pathOf(lang, 'consents')}>{words.consents.see}</a>
          </p>
        </section>
      )}
      <section class="card">
        <h2>{home.data}</h2>
        <p>{home.dataText}</p>
        <p>
          <a href={pathOf(lang, 'data')}>{home.seeData}</a>
        </p>
      </section>
    </Layout>
  );
}

function GroupFacts({ words, group }: { words: Words; group: GroupView }): VNode {
  return (
    <>
      <p>{group.enabled ? words.home.on : words.home.off}</p>
      <FactsOfGroup words={words} group={group} withState={false} />
      <p>
        <a href={pathOf(words.lang, 'group')}>{words.home.change}</a>
      </p>
    </>
  );
}

interface FactsProps {
  readonly words: Words;
  readonly group: GroupView;
  readonly withState?: boolean;
}

export function FactsOfGroup({ words, group, withState = true }: FactsProps): VNode {
  const { group: say } = words;
  return (
    <dl class="facts">
      {withState && <dt>{say.state}</dt>}
      {withState && <dd>{group.enabled ? say.on : say.off}</dd>}
      <dt>{say.members}</dt>
      <dd>{group.members.join(', ')}</dd>
      <dt>{say.ring}</dt>
      <dd>{say.seconds(group.ring)}</dd>
      <dt>{say.policy}</dt>
      <dd>{say.policies[group.policy]?.name ?? group.policy}</dd>
    </dl>
  );
}
