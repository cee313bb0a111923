/** The last calls, of all groups or of one. */
import type { VNode } from 'preact';
import type { Lang } from '../../../explain/language.js';
import type { CallRecord } from '../../../store/types.js';
import { Layout, type SignedIn } from '../operators/layout.js';
import { type OperatorWords, WORDS } from '../operators/words.js';

interface CallsProps {
  readonly lang: Lang;
  readonly who: SignedIn;
  /** As this role sees them. */
  readonly records: readonly CallRecord[];
  readonly pilot: string | undefined;
  /** The cursor of the next page. */
  readonly next: string | null;
  readonly when: (milliseconds: number) => string;
}

export function CallsPage({ lang, who, records, pilot, next, when }: CallsProps): VNode {
  const words = WORDS[lang];
  const title = pilot === undefined ? words.lastCalls : words.callsOf(pilot);
  const filter = pilot === undefined ? '' : `&pilot=${encodeURIComponent(pilot)}`;
  return (
    <Layout lang={lang} words={words} title={title} who={who}>
      <form class="card inline" method="get" action="/calls">
        <input type="hidden" name="lang" value={lang} />
        <div class="field">
          <label for="find">{words.search}</label>
          <input id="find" name="find" type="text" value={pilot ?? ''} />
        </div>
        <button type="submit">{words.find}</button>
      </form>
      <h1>{title}</h1>
      {records.length === 0 ? <p>{words.none}</p> : <Table words={words} lang={lang} records={records} when={when} />}
      {next !== null && (
        <p>
          <a href={`/calls?lang=${lang}${filter}&cursor=${next}`}>{words.older}</a>
        </p>
      )}
    </Layout>
  );
}

type TableProps = Pick<CallsProps, 'lang' | 'records' | 'when'> & { readonly words: OperatorWords };

function Table({ words, lang, records, when }: TableProps): VNode {
  return (
    <div class="card scroll">
      <table>
        <thead>
          <tr>
            {[words.started, words.group, words.caller, words.status, words.answeredBy, words.members].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map(({ call, started, pilot, caller, hidden, status, refused, by, attempts }) => (
            <tr key={call}>
              <td>
                <a href={`/calls/${encodeURIComponent(call)}?lang=${lang}`}>{when(started)}</a>
              </td>
              <td>{pilot}</td>
              <td>{hidden ? words.withheld : caller || '–'}</td>
              <td>{refused === null ? status : `${status} ${refused}`}</td>
              <td>{by ?? '–'}</td>
              <td>{attempts.map(({ why }) => why).join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
