/** What is around the content of every page. */
import type { ComponentChildren, VNode } from 'preact';
import { ICON_IMAGE, STYLESHEET } from '../style.js';
import { LANGS, type PageName, type Words } from '../words/words.js';

/** What the pages of who has signed in say of that. */
export interface SessionShown {
  readonly number: string;
  readonly formToken: string;
  readonly idleMinutes: number;
  readonly till: string;
  readonly hasGroup: boolean;
  readonly hasConsents: boolean;
  readonly hasAdvice: boolean;
}

interface LayoutProps {
  readonly words: Words;
  readonly title: string;
  /** Something that was typed is wrong: the title says so first, as it is what is read first. */
  readonly isWrong?: boolean;
  readonly here?: PageName | undefined;
  readonly session?: SessionShown | undefined;
  /** The same page in another language; absent where it is there in one only. */
  readonly inLanguage?: ((lang: string) => string) | undefined;
  /** The id of the form whose content another language must not lose: its buttons switch then. */
  readonly form?: string | undefined;
  /** What its button says that the key Enter presses. */
  readonly save?: string | undefined;
  readonly children: ComponentChildren;
}

export const pathOf = (lang: string, page: PageName): string => `/my/${lang}/${page === 'home' ? '' : page}`;

export function Layout({
  words,
  title,
  isWrong = false,
  here,
  session,
  inLanguage,
  form,
  save,
  children,
}: LayoutProps): VNode {
  return (
    <html lang={words.lang}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${isWrong ? words.errorPrefix : ''}${title} – ${words.site}`}</title>
        <link rel="stylesheet" href={STYLESHEET.path} />
        <link rel="icon" href={ICON_IMAGE.path} type="image/svg+xml" />
      </head>
      <body>
        <a class="skip" href="#content">
          {words.skip}
        </a>
        {/* The first button of a form is the one that Enter presses in a field, wherever it stands. */}
        {form !== undefined && (
          <button type="submit" form={form} class="default" name="press" value="save" tabIndex={-1} aria-hidden="true">
            {save}
          </button>
        )}
        <header class="top">
          <div class="wrap">
            <span class="brand">
              <img src={ICON_IMAGE.path} alt="" />
              {words.site}
            </span>
            {inLanguage && <Languages words={words} inLanguage={inLanguage} form={form} />}
          </div>
        </header>
        {session && <Navigation words={words} here={here} session={session} />}
        <main id="content" class="wrap" tabIndex={-1}>
          {children}
        </main>
        {session && <SessionLine words={words} session={session} />}
      </body>
    </html>
  );
}

type LanguagesProps = Required<Pick<LayoutProps, 'words'>> & {
  readonly inLanguage: (lang: string) => string;
  readonly form: string | undefined;
};

function Languages({ words, inLanguage, form }: LanguagesProps): VNode {
  return (
    <nav aria-label={words.languages}>
      <ul class="languages">
        {LANGS.map((lang) => (
          <li key={lang} lang={lang}>
            {lang === words.lang ? (
              <span aria-current="true">{NAMES[lang]}</span>
            ) : form === undefined ? (
              <a href={inLanguage(lang)} hreflang={lang}>
                {NAMES[lang]}
              </a>
            ) : (
              <button type="submit" form={form} formaction={inLanguage(lang)} name="press" value="language">
                {NAMES[lang]}
              </button>
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** In the language itself: who does not read this one finds it. */
const NAMES = { lv: 'Latviešu', en: 'English' } as const;

type NavigationProps = Pick<LayoutProps, 'words' | 'here'> & { readonly session: SessionShown };

function Navigation({ words, here, session: { hasGroup, hasConsents, hasAdvice } }: NavigationProps): VNode {
  const pages: PageName[] = [
    'home',
    ...(hasGroup ? (['group', 'calls'] as const) : []),
    ...(hasAdvice ? (['advice'] as const) : []),
    ...(hasConsents ? (['consents'] as const) : []),
    'data',
  ];
  return (
    <nav class="nav" aria-label={words.sections}>
      <ul class="wrap">
        {pages.map((page) => (
          <li key={page}>
            <a href={pathOf(words.lang, page)} aria-current={page === here ? 'page' : undefined}>
              {words.pages[page]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function SessionLine({ words, session }: { words: Words; session: SessionShown }): VNode {
  return (
    <footer class="foot">
      <div class="wrap">
        <p>
          {words.session.number(session.number)} {words.session.limit(session.idleMinutes, session.till)}
        </p>
        <form method="post" action={`/my/${words.lang}/leave`}>
          <input type="hidden" name="form" value={session.formToken} />
          <button type="submit" class="plain small">
            {words.session.leave}
          </button>
        </form>
      </div>
    </footer>
  );
}
