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

export function Layout({ lang, words, title, who, children }: LayoutProps): VNode {
  return (
    <html lang={lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} – ${words.site}`}</title>
        <link rel="stylesheet" href={STYLESHEET.path} />
        <link rel="icon" href={ICON_IMAGE.path} type="image/svg+xml" />
      </head>
      <body>
        <header class="top">
          <div class="wrap">
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
          </div>
        </header>
        <main class="wrap">{children}</main>
      </body>
    </html>
  );
}
