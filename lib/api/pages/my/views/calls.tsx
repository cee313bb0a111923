import type { VNode } from 'preact';
import type { ShownCall, ShownCalls } from '../calls.js';
import type { Words } from '../words/words.js';
import { Layout, pathOf, type SessionShown } from './layout.js';

interface CallsProps {
  readonly words: Words;
  readonly session: SessionShown;
  readonly calls: ShownCalls;
}

export function CallsPage({ words, session, calls }: CallsProps): VNode {
  const { calls: say } = words;
  const older = calls.older === undefined ? undefined : `${pathOf(words.lang, 'calls')}?before=${calls.older}`;
  const behind = calls.before === undefined ? '' : `?before=${calls.before}`;
  return (
    <Layout
      words={words}
      title={words.pages.calls}
      here="calls"
      session={session}
      inLanguage={(lang) => `${pathOf(lang, 'calls')}${behind}`}
    >
      <h1>{words.pages.calls}</h1>
      <p>{session.hasGroup ? say.intro : say.noGroup}</p>
      {calls.days.length === 0 && session.hasGroup && <p>{calls.before === undefined ? say.none : say.noneOlder}</p>}
      {calls.days.map(({ day, name, calls: some }) => (
        <section key={day}>
          <h2>
            {name} <span class="soft">· {say.shown(some.length)}</span>
          </h2>
          <ul class="calls">
            {some.map((call) => (
              <Call key={call.id} words={words} call={call} />
            ))}
          </ul>
        </section>
      ))}
      <p class="actions">
        {older !== undefined && (
          <a class="button plain" href={older} rel="next">
            {say.older}
          </a>
        )}
        {calls.before !== undefined && <a href={pathOf(words.lang, 'calls')}>{say.newest}</a>}
      </p>
    </Layout>
  );
}

const TAGS = { answered: 'good', unanswered: 'bad', left: 'soft', refused: 'bad' } as const;

function Call({ words, call }: { words: Words; call: ShownCall }): VNode {
  const { calls: say } = words;
  const about = [
    ...(call.waited === '' ? [] : [say.waited(call.waited)]),
    ...(call.talked === '' ? [] : [say.talked(call.talked)]),
  ];
  return (
    <li>
      <h3>
        <time dateTime={call.instant}>
          {call.clock} <span class="offset">{call.offset}</span>
        </time>{' '}
        {call.caller} <span class={`tag ${TAGS[call.end]}`}>{say[call.end]}</span>
      </h3>
      {about.length > 0 && <p class="soft">{about.join(' · ')}</p>}
      {call.phones.length > 0 && <Sentences of={call.phones} />}
      {call.others.length > 0 && (
        <details>
          <summary>{say.others(call.others.length)}</summary>
          <Sentences of={call.others} />
        </details>
      )}
    </li>
  );
}

function Sentences({ of }: { of: readonly string[] }): VNode {
  return (
    <ul>
      {of.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
