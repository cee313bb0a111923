import type { VNode } from 'preact';
import type { Lang } from '../../../explain/language.js';
import { Layout, type SignedIn } from './layout.js';
import { WORDS } from './words.js';

interface SignInProps {
  readonly lang: Lang;
  /** Where to go then: a path of ours. */
  readonly to: string;
  readonly wrong?: string | undefined;
}

export function SignInPage({ lang, to, wrong }: SignInProps): VNode {
  const words = WORDS[lang];
  return (
    <Layout lang={lang} words={words} title={words.signIn}>
      <div class="card narrow">
        <h1>{words.signIn}</h1>
        {wrong !== undefined && (
          <p class="wrong" role="alert">
            {wrong}
          </p>
        )}
        <form method="post" action={`/sign-in?lang=${lang}`}>
          <input type="hidden" name="to" value={to} />
          <div class="field">
            <label for="token">{words.token}</label>
            <input
              id="token"
              name="token"
              type="password"
              autocomplete="current-password"
              aria-describedby="hint"
              required
            />
            <div id="hint" class="soft">
              {words.tokenHint}
            </div>
          </div>
          <button type="submit">{words.signIn}</button>
        </form>
      </div>
    </Layout>
  );
}

interface RefusalProps {
  readonly lang: Lang;
  readonly who: SignedIn | undefined;
  readonly title: string;
  readonly detail: string;
}

export function RefusalPage({ lang, who, title, detail }: RefusalProps): VNode {
  const words = WORDS[lang];
  return (
    <Layout lang={lang} words={words} title={words.wentWrong} who={who}>
      <div class="card">
        <h1>{title}</h1>
        <p>{detail}</p>
        <p>
          <a href={`/calls?lang=${lang}`}>{words.back}</a>
        </p>
      </div>
    </Layout>
  );
}
