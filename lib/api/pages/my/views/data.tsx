import type { VNode } from 'preact';
import type { Words } from '../words/words.js';
import { Layout, pathOf, type SessionShown } from './layout.js';

export function DataPage({ words, session }: { words: Words; session: SessionShown }): VNode {
  const { data: say } = words;
  return (
    <Layout
      words={words}
      title={words.pages.data}
      here="data"
      session={session}
      inLanguage={(lang) => pathOf(lang, 'data')}
    >
      <h1>{words.pages.data}</h1>
      <p class="lead">{say.intro}</p>
      <ul>
        {say.what.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <p>{say.masked}</p>
      {/* A form, as it costs something: nothing that follows links fetches it. */}
      <form method="post" action={`${pathOf(words.lang, 'data')}/download`}>
        <input type="hidden" name="form" value={session.formToken} />
        <p>
          <button type="submit">{say.download}</button>
        </p>
      </form>
      <p class="hint">{say.format}</p>
    </Layout>
  );
}
