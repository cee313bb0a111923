import type { VNode } from 'preact';
import type { Controller } from '../../../../consent/receipt.js';
import type { PairState } from '../../../../consent/register.js';
import type { ShownPurpose } from '../consent-form.js';
import type { Words } from '../words/words.js';
import { Layout, pathOf, type SessionShown } from './layout.js';
import { Notice } from './parts.js';

export interface ConsentsPageProps {
  readonly words: Words;
  readonly session: SessionShown;
  readonly purposes: readonly ShownPurpose[];
  /** What the channels are called, in this language. */
  readonly channelOf: (channel: string) => string;
  readonly controller: Controller;
  /** As people read it. */
  readonly day: (iso: string) => string;
  readonly seq: number;
  readonly once: string;
  readonly was: readonly string[];
  readonly ticked: readonly string[];
  readonly news?: 'saved' | 'nothing' | 'unsaved' | 'stale' | undefined;
}

const FORM = 'consents';

export function ConsentsPage(props: ConsentsPageProps): VNode {
  const { words, session, purposes, controller, news, seq, once, was } = props;
  const { consents: say, lang } = words;
  return (
    <Layout
      words={words}
      title={words.pages.consents}
      here="consents"
      isWrong={news === 'stale'}
      session={session}
      inLanguage={(other) => pathOf(other, 'consents')}
      form={FORM}
      save={say.save}
    >
      <h1>{words.pages.consents}</h1>
      {news !== undefined && <News words={words} news={news} />}
      <p class="lead">{say.intro}</p>
      <form id={FORM} method="post" action={pathOf(lang, 'consents')} autoComplete="off">
        <input type="hidden" name="form" value={session.formToken} />
        <input type="hidden" name="seq" value={String(seq)} />
        <input type="hidden" name="once" value={once} />
        {was.map((pair) => (
          <input type="hidden" name="was" value={pair} key={pair} />
        ))}
        {purposes.map((shown) => (
          <PurposeCard key={shown.purpose.id} {...props} shown={shown} />
        ))}
        <div class="actions">
          <button type="submit" name="press" value="save">
            {say.save}
          </button>
          <a href={pathOf(lang, 'history')}>{say.historyLink}</a>
        </div>
      </form>
      <section class="card apart">
        <h2>{say.withdrawAll}</h2>
        <p>{say.withdrawAllText}</p>
        <form method="post" action={`${pathOf(lang, 'consents')}/withdraw-all`}>
          <input type="hidden" name="form" value={session.formToken} />
          <input type="hidden" name="once" value={once} />
          <button type="submit" class="danger">
            {say.withdrawAll}
          </button>
        </form>
      </section>
      <section class="card">
        <h2>{say.controller}</h2>
        <ControllerLines words={words} controller={controller} />
      </section>
    </Layout>
  );
}

function ControllerLines({ words, controller }: { words: Words; controller: Controller }): VNode {
  const { name, registrationNumber, address, email, phone } = controller;
  return (
    <p>
      {name}
      <br />
      {words.consents.registration}: {registrationNumber}
      <br />
      {address}
      <br />
      <a href={`mailto:${email}`}>{email}</a>
      <br />
      <a href={`tel:${phone.replace(/[^+\d]/g, '')}`}>{phone}</a>
    </p>
  );
}

const KINDS = { saved: 'done', nothing: 'plain', unsaved: 'warn', stale: 'warn' } as const;

function News({ words, news }: { words: Words; news: keyof typeof KINDS }): VNode {
  return (
    <Notice kind={KINDS[news]} heading={words.consents[news]}>
      <p>{words.consents[`${news}Text`]}</p>
    </Notice>
  );
}

type CardProps = ConsentsPageProps & { readonly shown: ShownPurpose };

function PurposeCard({ words, shown, channelOf, day, ticked }: CardProps): VNode {
  const { consents: say, lang } = words;
  const { purpose, notice, pairs } = shown;
  const isOne = pairs.length === 1;
  return (
    <section class="card" aria-labelledby={`${purpose.id}-title`}>
      <input type="hidden" name="shown" value={`${purpose.id}@${notice.version}`} />
      <h2 id={`${purpose.id}-title`}>{notice.title[lang]}</h2>
      <p>{notice.text[lang]}</p>
      <details>
        <summary>
          {say.about}
          <span class="hidden">: {notice.title[lang]}</span>
        </summary>
        <p>
          {say.dataOf}: {(notice.data[lang] ?? []).join(', ')}. {say.kept(notice.retentionDays)}{' '}
          {notice.validMonths === undefined ? say.open : say.lasts(notice.validMonths)}
        </p>
      </details>
      <fieldset>
        <legend class={isOne ? 'hidden' : 'small'}>{isOne ? notice.title[lang] : say.over}</legend>
        {pairs.map((state) => (
          <Tick
            key={state.pair}
            state={state}
            name={isOne ? say.agree : channelOf(state.channel)}
            told={told(words, state, day)}
            isTicked={ticked.includes(state.pair)}
          />
        ))}
      </fieldset>
    </section>
  );
}

interface TickProps {
  readonly state: PairState;
  readonly name: string;
  readonly told: string;
  readonly isTicked: boolean;
}

function Tick({ state, name, told: state_, isTicked }: TickProps): VNode {
  const id = state.pair.replace(':', '-');
  return (
    <div class="choice">
      <input
        type="checkbox"
        id={id}
        name="ticked"
        value={state.pair}
        checked={isTicked}
        aria-describedby={`${id}-state`}
      />
      <label for={id}>{name}</label>
      <span class="hint" id={`${id}-state`}>
        {state_}
      </span>
    </div>
  );
}

/** The state in words: what a box says when it is ticked is no state yet. */
function told(words: Words, { reason, decision, at, since, until }: PairState, day: (iso: string) => string): string {
  const { consents: say } = words;
  const on = (iso: string | null): string => (iso === null ? '' : day(iso));
  if (reason === null) return until === null ? say.valid(on(since)) : say.validUntil(on(since), on(until));
  if (reason === 'EXPIRED') return say.expired(on(until));
  if (reason === 'OBJECTED') return say.objected(on(decision === 'objected' ? at : null));
  if (reason === 'DENIED') return say.denied(on(at));
  return decision === 'granted' ? say.changed : say.undecided;
}
