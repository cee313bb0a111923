/** Small parts that several pages have. */
import type { ComponentChildren, VNode } from 'preact';
import type { Words } from '../words/words.js';

export interface ShownMistake {
  /** The id of its field; absent: of none. */
  readonly field?: string | undefined;
  readonly text: string;
  /** What its field is called. */
  readonly of?: string;
  /** What a function of Redis says of it, in English. */
  readonly quoted?: string;
}

/** First on the page, and where the focus goes: each mistake leads to its field. */
export function MistakeSummary({ words, mistakes }: { words: Words; mistakes: readonly ShownMistake[] }): VNode {
  return (
    <div class="summary" role="alert" tabIndex={-1} {...FOCUSED}>
      <h2>{words.errorHeading}</h2>
      <ul>
        {mistakes.map(({ field, of, text, quoted }) => (
          <li key={`${field} ${text}`}>
            {field === undefined ? (
              text
            ) : (
              <a href={`#${field}`}>{of === undefined ? text : `${of.replace(/[?.:]$/, '')}: ${text}`}</a>
            )}
            {quoted !== undefined && <span lang="en"> {quoted}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Without a script this is how the focus is where it was, or at what is new. */
const FOCUSED = { autofocus: true };
export const focusedIf = (is: boolean): Partial<typeof FOCUSED> => (is ? FOCUSED : {});

interface NoticeProps {
  readonly kind: 'done' | 'warn' | 'plain';
  readonly heading: string;
  readonly children: ComponentChildren;
}

export function Notice({ kind, heading, children }: NoticeProps): VNode {
  return (
    <div class={`notice ${kind}`} role="status">
      <h2>{heading}</h2>
      {children}
    </div>
  );
}

export const mistakeId = (field: string): string => `${field}-mistake`;

/** Tied to its field by `aria-describedby`; the word for error is there for who hears it. */
export function MistakeText({ words, field, text }: { words: Words; field: string; text: string }): VNode {
  return (
    <span class="error" id={mistakeId(field)}>
      <span class="hidden">{words.errorPrefix}</span>
      {text}
    </span>
  );
}

interface Choice {
  readonly value: string;
  readonly name: string;
  readonly hint?: string;
}

interface ChoicesProps {
  readonly words: Words;
  readonly field: string;
  readonly legend: string;
  readonly hint?: string;
  readonly choices: readonly Choice[];
  readonly chosen: string;
  readonly mistake: string | undefined;
  readonly inRow?: boolean;
}

/** Radio buttons of the browser's own: they need no script and are announced alike everywhere. */
export function Choices({ words, field, legend, hint, choices, chosen, mistake, inRow }: ChoicesProps): VNode {
  const described = [hint === undefined ? '' : `${field}-hint`, mistake === undefined ? '' : mistakeId(field)];
  return (
    <fieldset
      class={mistake === undefined ? undefined : 'wrong'}
      aria-describedby={described.join(' ').trim() || undefined}
    >
      <legend>{legend}</legend>
      {hint !== undefined && (
        <span class="hint" id={`${field}-hint`}>
          {hint}
        </span>
      )}
      {mistake !== undefined && <MistakeText words={words} field={field} text={mistake} />}
      <div class={inRow ? 'row-of-choices' : undefined}>
        {choices.map(({ value, name, hint: more }, place) => {
          const id = place === 0 ? field : `${field}-${value}`;
          const about = more === undefined ? undefined : `${id}-more`;
          return (
            <div class="choice" key={value}>
              <input
                type="radio"
                id={id}
                name={field}
                value={value}
                checked={value === chosen}
                aria-describedby={about}
              />
              <label for={id}>{name}</label>
              {more !== undefined && (
                <span class="hint" id={about}>
                  {more}
                </span>
              )}
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}
