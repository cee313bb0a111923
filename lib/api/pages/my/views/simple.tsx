/** Pages that show nobody's data: the link, the end of a session, and every refusal. */
import type { VNode } from 'preact';
import type { Controller } from '../../../../consent/receipt.js';
import type { Refusal, Words } from '../words/words.js';
import { Layout, pathOf } from './layout.js';

interface LinkProps {
  readonly words: Words;
  readonly inLanguage: (lang: string) => string;
}

/** What a mail scanner sees as well: it asks for nothing until a button is pressed. */
export function LinkPage({ words, inLanguage }: LinkProps): VNode {
  const { title, text, once, open } = words.link;
  return (
    <Layout words={words} title={title} inLanguage={inLanguage}>
      <h1>{title}</h1>
      <p class="lead">{text}</p>
      <p>{once}</p>
      <form method="post" action={inLanguage(words.lang)}>
        <button type="submit">{open}</button>
      </form>
    </Layout>
  );
}

interface StopProps {
  readonly words: Words;
  readonly token: string;
  readonly isDone: boolean;
}

/** Neither says who, nor what: whoever has the message forwarded sees no more than the message. */
export function StopPage({ words, token, isDone }: StopProps): VNode {
  const { title, text, button, doneTitle, doneText } = words.stop;
  const inLanguage = (lang: string): string => `/my/stop/${token}?lang=${lang}`;
  return (
    <Layout words={words} title={isDone ? doneTitle : title} inLanguage={inLanguage}>
      <h1>{isDone ? doneTitle : title}</h1>
      <p class="lead">{isDone ? doneText : text}</p>
      {!isDone && (
        <form method="post" action={inLanguage(words.lang)}>
          <button type="submit">{button}</button>
        </form>
      )}
    </Layout>
  );
}

export function LeftPage({ words }: { words: Words }): VNode {
  const { leftTitle, leftText } = words.session;
  return (
    <Layout words={words} title={leftTitle} inLanguage={(lang) => `/my/${lang}/left`}>
      <h1>{leftTitle}</h1>
      <p>{leftText}</p>
    </Layout>
  );
}

interface RefusalProps {
  readonly words: Words;
  readonly why: Refusal;
  /** Whom to ask, where the configuration says so. */
  readonly controller?: Controller | undefined;
  /** What was posted and not taken: label and value. */
  readonly typed?: readonly (readonly [string, string])[] | undefined;
  readonly inLanguage?: ((lang: string) => string) | undefined;
}

/** Refusals after which customer service helps. */
const ASKS: ReadonlySet<Refusal> = new Set(['dead-link', 'signed-out', 'not-found', 'failed']);

function Contact({ words, controller: { name, phone, email } }: { words: Words; controller: Controller }): VNode {
  return (
    <p>
      {words.contact(name)} <a href={`tel:${phone.replace(/[^+\d]/g, '')}`}>{phone}</a>,{' '}
      <a href={`mailto:${email}`}>{email}</a>
    </p>
  );
}

/** Refusals after which the overview is of no use. */
const WITHOUT_WAY_BACK: ReadonlySet<Refusal> = new Set(['dead-link', 'signed-out', 'away', 'failed']);

export function RefusalPage({ words, why, typed = [], inLanguage, controller }: RefusalProps): VNode {
  const { title, text, next } = words.refusals[why];
  return (
    <Layout words={words} title={title} isWrong inLanguage={inLanguage}>
      <h1>{title}</h1>
      <p>{text}</p>
      <p>{next}</p>
      {controller && ASKS.has(why) && <Contact words={words} controller={controller} />}
      {!WITHOUT_WAY_BACK.has(why) && (
        <p>
          <a href={pathOf(words.lang, 'home')}>{words.pages.home}</a>
        </p>
      )}
      {typed.length > 0 && (
        <section class="card">
          <h2>{words.typed.heading}</h2>
          <p>{words.typed.text}</p>
          <dl class="facts">
            {typed.map(([label, value]) => [<dt key={`${label} t`}>{label}</dt>, <dd key={`${label} d`}>{value}</dd>])}
          </dl>
        </section>
      )}
    </Layout>
  );
}
