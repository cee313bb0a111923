import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ATTEMPT_TABLE, meaningOf } from '../../../lib/call/attempt-table.js';
import { historyFor } from '../../../lib/call/history.js';
import { outcomeOf } from '../../../lib/call/outcome.js';
import { cancelHeaders } from '../../../lib/call/reasons.js';
import {
  ALL_RESULTS,
  type CancelReason,
  isOwnDoing,
  REFUSALS,
  type Result,
  resultOfCancel,
  rowOf,
} from '../../../lib/call/results.js';
import { A, B, PILOT } from './scripted-server.js';

/** The same table once more, as those see it who get it: Diversion's reason, History-Info's cause, the final response if all end so. */
const SEEN: Readonly<Record<Result, string>> = {
  answered: 'unconditional 480, 480 Q.850;19',
  busy: 'user-busy 486, 486 Q.850;17',
  declined: 'deflection 603, 480 Q.850;21',
  'no-answer': 'no-answer 408, 480 Q.850;19',
  unreachable: 'unavailable 480, 480 Q.850;20',
  forwarded: 'unconditional 480, 480 Q.850;19',
  'not-confirmed': 'no-answer 480, 480 Q.850;19',
  'caller-left': 'unconditional 480, 480 Q.850;19',
  failed: 'unconditional 480, 480 Q.850;41',
  fault: 'unconditional 480, 480 Q.850;19',
  // Nobody meant to ring them: as if the group were empty.
  'not-needed': 'unconditional 480, 480 Q.850;20',
  'own-number': 'unconditional 480, 480 Q.850;20',
  away: 'away 480, 480 Q.850;20',
  'on-a-call': 'user-busy 480, 486 Q.850;17',
  unacknowledged: 'unconditional 480, 480 Q.850;41',
  'too-large': 'unconditional 480, 513 Q.850;127',
};

/** What the member's phone shows as missed, and what the record says where it rang, and where it did not. */
const CANCELLED: Readonly<Record<CancelReason, string>> = {
  'no-answer': 'SIP;cause=480 no-answer caller-left',
  expired: 'SIP;cause=480 no-answer caller-left',
  unreachable: 'SIP;cause=408 unreachable unreachable',
  forwarded: 'SIP;cause=480 forwarded forwarded',
  'answered-elsewhere': 'SIP;cause=200 not-needed not-needed',
  'caller-left': 'SIP;cause=487 caller-left caller-left',
  'shut-down': 'SIP;cause=503 failed failed',
  fault: 'SIP;cause=500 fault fault',
};

const REFUSED: Readonly<Record<string, readonly number[]>> = {
  busy: [486, 600],
  declined: [603, 607, 608],
  unreachable: [404, 408, 410, 480, 484, 604],
};

function seen(result: Result): string {
  const { diversion, 'history-info': history } = historyFor({
    received: {},
    pilot: PILOT,
    domain: 't',
    position: 2,
    memberUri: `sip:${B}@t`,
    previous: { uri: `sip:${A}@t`, result, status: null },
    numberOf: () => undefined,
  });
  const { status, headers } = outcomeOf([{ why: result, status: null }]);
  const reason = /;reason=([^;]+)/.exec(diversion)?.[1];
  const cause = /Reason=SIP%3Bcause%3D(\d+)/.exec(history)?.[1];
  return `${reason} ${cause}, ${status} Q.850;${/cause=(\d+)/.exec(String(headers.reason))?.[1]}`;
}

describe('The table of results', () => {
  it('what the next member and the caller get of each result (RFC 5806 §3.2, RFC 7044 §10.2; edge cases 64 to 68)', () => {
    expect(Object.fromEntries(ALL_RESULTS.map((result) => [result, seen(result)]))).to.deep.equal(SEEN);
  });

  it('two members with different results are "no answer", unless one of them was not tried', () => {
    const cause = (whys: readonly Result[]): string =>
      String(outcomeOf(whys.map((why) => ({ why, status: null }))).headers.reason);
    for (const one of ALL_RESULTS) {
      for (const other of ALL_RESULTS) {
        const tried = [one, other].filter((result) => rowOf(result).tried);
        const classes = new Set(tried.map((result) => rowOf(result).outcome));
        const expected = classes.size > 1 ? cause(['no-answer']) : cause(tried.slice(0, 1));
        expect(cause([one, other]), `${one}, ${other}`).to.equal(expected);
      }
    }
  });

  it('every final response of a member ends its attempt with the result whose row lists it, or it failed', () => {
    for (let status = 400; status < 700; status++) {
      if (status === 422) continue; // called again
      const none = { statuses: [], causes: [] };
      const meaning = meaningOf({ status, reason: '', headers: {}, body: '' }, undefined, none);
      const listed = Object.keys(REFUSED).find((result) => REFUSED[result]?.includes(status)) ?? 'failed';
      expect(meaning, String(status)).to.equal(listed);
      for (const state of ['calling', 'proceeding', 'ringing'] as const) {
        expect(ATTEMPT_TABLE[state][meaning], `${state} ${status}`).to.deep.equal(['over', listed]);
      }
    }
    const statuses = REFUSALS.flatMap((result) => rowOf(result).responses ?? []);
    expect(new Set(statuses).size, 'a response that is in two rows').to.equal(statuses.length);
  });

  it('every reason to cancel a member belongs to one result (RFC 3326; edge case 69)', () => {
    const reasons = ALL_RESULTS.flatMap((result) => Object.keys(rowOf(result).cancelled ?? {})) as CancelReason[];
    const found = reasons.map((reason) => {
      const header = String(cancelHeaders(reason).reason).split(';text')[0];
      return [reason, `${header} ${resultOfCancel(reason, true)} ${resultOfCancel(reason, false)}`] as const;
    });
    expect(Object.fromEntries(found)).to.deep.equal(CANCELLED);
    expect(reasons).to.have.length(Object.keys(CANCELLED).length);
  });

  it('whether a member answers is told by what he did himself: not by the caller, by somebody else who answered, or by a fault', () => {
    expect(ALL_RESULTS.filter((result) => !isOwnDoing(result)).sort()).to.deep.equal([
      ...['caller-left', 'failed', 'fault', 'not-needed', 'own-number', 'too-large', 'unacknowledged'],
    ]);
    for (const word of ['', 'lost', 'toString']) expect(isOwnDoing(word), word).to.equal(false);
  });

  it('the words of the record are those that README.md names', () => {
    const section = /is one word in the record:[^.]*\./.exec(readFileSync('README.md', 'utf8'))?.[0] ?? '';
    const named = [...section.matchAll(/`([a-z-]+)`/g)].map(([, word]) => word);
    expect(named.sort()).to.deep.equal([...ALL_RESULTS].sort());
  });

  it('no other file decides by the name of a result: none compares with one, and none has a table of its own', () => {
    const words = ALL_RESULTS.join('|');
    const decides = new RegExp(
      `(?:why|[rR]esult|ending)\\)?\\s*[!=]==?\\s*'(?:${words})'|'(?:${words})'\\s*[!=]==?|` +
        `Record<Result,[^>]*>+ = \\{|in Result\\][^>]*= \\{|\\b(?:case|has\\(|includes\\()\\s*'(?:${words})'|\\[\\s*'(?:${words})'\\s*,\\s*'(?:${words})'`,
    );
    const wrong = readdirSync('lib', { recursive: true, encoding: 'utf8' })
      .map((file) => join('lib', file))
      .filter((path) => path.endsWith('.ts') && path !== 'lib/call/results.ts')
      .filter((path) => !path.startsWith('lib/engine/') && !path.startsWith('lib/sip/'))
      // It has words for each of them, and decides nothing of a call.
      .filter((path) => !path.startsWith('lib/explain/'))
      .flatMap((path) =>
        readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => decides.test(line))
          .map((line) => `${path}: ${line.trim()}`),
      );
    expect(wrong).to.deep.equal([]);
  });
});
