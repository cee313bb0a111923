import type { VNode } from 'preact';
import type { Words } from '../words/words.js';
import { Layout, pathOf, type SessionShown } from './layout.js';

interface AdviceProps {
  readonly words: Words;
  readonly session: SessionShown;
  /** Undefined: the customer has not agreed that his calls are looked at for it. */
  readonly sentences: readonly string[] | undefined;
}

export function AdvicePage({ words, session, sentences }: AdviceProps): VNode {
  const { advice: say, lang, pages } = words;
  return (
    <Layout
      words={words}
      title={pages.advice}
      here="advice"
      session={session}
      inLanguage={(other) => pathOf(other, 'advice')}
    >
      <h1>{pages.advice}</h1>
      <p class="lead">{say.intro}</p>
      {sentences === undefined ? (
        <>
          <p>{say.notAgreed}</p>
          <p>
            <a href={pathOf(lang, 'consents')}>{say.toConsents}</a>
          </p>
        </>
      ) : (
        <>
          <ul>
            {sentences.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
          <p>
            <a href={pathOf(lang, 'group')}>{words.home.change}</a>
          </p>
        </>
      )}
    </Layout>
  );
}
