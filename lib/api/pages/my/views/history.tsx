import type { VNode } from 'preact';
import type { Words } from '../words/words.js';
import { Layout, pathOf, type SessionShown } from './layout.js';

/** One act as it is shown. */
export interface ShownAct {
  readonly seq: number;
  readonly instant: string;
  readonly when: string;
  readonly what: string;
  /** Purposes, each with its channels. */
  readonly of: readonly string[];
  readonly text: string | undefined;
  readonly notice: string | undefined;
  readonly method: string;
  /** The beginning of its record's hash. */
  readonly proof: string;
}

interface HistoryProps {
  readonly words: Words;
  readonly session: SessionShown;
  readonly acts: readonly ShownAct[];
  readonly before: number | undefined;
  readonly older: number | undefined;
}

export function HistoryPage({ words, session, acts, before, older }: HistoryProps): VNode {
  const { history: say, lang } = words;
  const place = pathOf(lang, 'history');
  return (
    <Layout
      words={words}
      title={words.pages.history}
      here="consents"
      session={session}
      inLanguage={(other) => `${pathOf(other, 'history')}${before === undefined ? '' : `?before=${before}`}`}
    >
      <h1>{words.pages.history}</h1>
      <p class="lead">{say.intro}</p>
      {acts.length === 0 && <p>{say.none}</p>}
      <ul class="calls">
        {acts.map((act) => (
          <li key={act.seq}>
            <h2>{act.what}</h2>
            <p class="soft">
              <time dateTime={act.instant}>{act.when}</time>
            </p>
            {act.of.length > 0 && (
              <ul>
                {act.of.map((one) => (
                  <li key={one}>{one}</li>
                ))}
              </ul>
            )}
            {act.text !== undefined && <blockquote>{act.text}</blockquote>}
            <p class="hint">
              {say.by(act.method)} {act.notice !== undefined && say.notice(act.notice)} {say.proof(act.proof)}
            </p>
          </li>
        ))}
      </ul>
      <p class="actions">
        {older !== undefined && (
          <a class="button plain" href={`${place}?before=${older}`} rel="next">
            {say.older}
          </a>
        )}
        {before !== undefined && <a href={place}>{say.newest}</a>}
        <a href={pathOf(lang, 'consents')}>{words.pages.consents}</a>
      </p>
    </Layout>
  );
}
