/** What is around the content of the operators' pages. */
import type { ComponentChildren, VNode } from 'preact';
import type { Lang } from '../../../explain/language.js';
import { ICON_IMAGE, STYLESHEET } from './style.js';
import type { OperatorWords } from './words.js';

/** Who has signed in. */
export interface SignedIn {
  readonly name: string;
  readonly role: string;
  readonly formToken: string;
}

interface LayoutProps {
  readonly lang: Lang;
  readonly words: OperatorWords;
  readonly title: string;
  readonly who?: SignedIn | undefined;
  readonly children: ComponentChildren;
}

interface ShellProps {
  readonly lang: Lang;
  readonly title: string;
  /** What stands in the bar. */
  readonly bar: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A whole document with a bar on top. */
export function Shell({ lang, title, bar, children }: ShellProps): VNode {
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <link rel="stylesheet" href={STYLESHEET.path} />
        <link rel="icon" href={ICON_IMAGE.path} type="image/svg+xml" />
      </head>
      <body>
        <header class="top">
          <div class="wrap">{bar}</div>
        </header>
        <main class="wrap">{children}</main>
      </body>
    </html>
  );
}

export function Layout({ lang, words, title, who, children }: LayoutProps): VNode {
  const bar = (
    <>
      <strong>{words.site}</strong>
      {who && <a href={`/calls?lang=${lang}`}>{words.calls}</a>}
      {who && (
        <form class="who" method="post" action="/sign-out">
          {who.name} ({who.role}) <input type="hidden" name="form" value={who.formToken} />
          <button type="submit" class="plain">
            {words.signOut}
          </button>
        </form>
      )}
    </>
  );
  return (
    <Shell lang={lang} title={`${title} – ${words.site}`} bar={bar}>
      {children}
    </Shell>
  );
}
