/** A call explained, with the ladder as a picture. */
import type { VNode } from 'preact';
import type { Explanation } from '../../../explain/explain.js';
import { escaped } from '../../../explain/page.js';
import { drawLadder } from '../../../explain/picture.js';
import { Layout, type SignedIn } from '../operators/layout.js';
import { WORDS } from '../operators/words.js';

interface CallProps {
  readonly explanation: Explanation;
  readonly who: SignedIn;
  readonly isWhole: boolean;
  /** Whether this role may see whole numbers of callers. */
  readonly mayWhole: boolean;
}

export function CallPage({ explanation, who, isWhole, mayWhole }: CallProps): VNode {
  const { lang, call, headline, phones, trace } = explanation;
  const words = WORDS[lang];
  const here = `/calls/${encodeURIComponent(call)}`;
  const other = lang === 'en' ? 'lv' : 'en';
  const numbers = isWhole ? '&numbers=whole' : '';
  return (
    <Layout lang={lang} words={words} title={words.call} who={who}>
      <h1>{headline}</h1>
      <ul class="links">
        <li>
          <a href={`${here}?lang=${other}${numbers}`} lang={other} hreflang={other}>
            {words.other}
          </a>
        </li>
        {mayWhole && (
          <li>
            <a href={`${here}?lang=${lang}${isWhole ? '' : '&numbers=whole'}`}>{isWhole ? words.short : words.whole}</a>
          </li>
        )}
      </ul>
      {phones.length > 0 && (
        <section class="card">
          <h2>{words.phones}</h2>
          <ol class="phones">
            {phones.map(({ sentence }, index) => (
              <li key={index}>{sentence}</li>
            ))}
          </ol>
        </section>
      )}
      <section class="card">
        <h2>{words.ladder}</h2>
        {/* An SVG of our own, in which all that others wrote is escaped. */}
        <div class="picture" dangerouslySetInnerHTML={{ __html: drawLadder(explanation, escaped) }} />
        <p>{trace.sentence}</p>
      </section>
      <p class="soft">{call}</p>
    </Layout>
  );
}
