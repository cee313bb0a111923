import { expect } from 'chai';
import { ATTEMPT_TABLE } from '../../../lib/call/attempt-table.js';
import { BRIDGE_TABLE } from '../../../lib/call/bridge-table.js';
import { HUNT_TABLE } from '../../../lib/call/hunt-table.js';
import { LEG_TABLE } from '../../../lib/call/leg.js';
import { REFUSED_WORDS } from '../../../lib/call/refusals.js';
import { ALL_RESULTS } from '../../../lib/call/results.js';
import { CALLER_VOICE_TABLE } from '../../../lib/call/voices/caller-voice.js';
import { MEMBER_VOICE_TABLE } from '../../../lib/call/voices/member-voice-table.js';
import { REDIRECT_TABLE } from '../../../lib/call/voices/redirect.js';
import { explain, LANGUAGES } from '../../../lib/explain/explain.js';
import type { Lang } from '../../../lib/explain/language.js';
import { LOCAL_FAILURES } from '../../../lib/sip/local-failure.js';
import type { AttemptRecord, CallRecord } from '../../../lib/store/types.js';
import { recordOf } from '../../support/store.js';

const LANGS = Object.keys(LANGUAGES) as Lang[];
const TABLES = {
  hunt: HUNT_TABLE,
  attempt: ATTEMPT_TABLE,
  bridge: BRIDGE_TABLE,
  leg: LEG_TABLE,
  question: MEMBER_VOICE_TABLE,
  sound: CALLER_VOICE_TABLE,
  redirect: REDIRECT_TABLE,
};
const MEMBER = '+37120000001';
const OTHER = '+37120000002';

const said = (record: CallRecord, lang: Lang, trace: string | null = null) =>
  explain({ record, trace, now: record.ended, traceDays: 7 }, { lang, timeZone: 'Europe/Riga' });

const attempt = (more: Partial<AttemptRecord>): AttemptRecord => ({
  ...(recordOf('c').attempts[0] as AttemptRecord),
  said: null,
  status: null,
  ...more,
});

const phone = (more: Partial<AttemptRecord>, lang: Lang = 'en', record: Partial<CallRecord> = {}): string =>
  said({ ...recordOf('c'), attempts: [attempt(more)], ...record }, lang).phones[0]?.sentence ?? '';

describe('Explanations: there are words for everything', () => {
  for (const lang of LANGS) {
    it(`each result of a phone has a sentence of its own, called, rung and not rung (${lang})`, () => {
      const times = [
        { started: null, rang: null, ended: null },
        { rang: null },
        { rang: recordOf('c').started + 1000 },
      ];
      for (const why of ALL_RESULTS) {
        for (const more of times) {
          const sentence = phone({ why, ...more }, lang);
          expect(sentence, why)
            .to.include('+371…01')
            .and.match(/^\S.*\.$/);
          expect(sentence, why).to.not.match(/undefined|null|\s\s|NaN/);
          expect(sentence, why).to.not.equal(LANGUAGES[lang].phoneElse({ who: '+371…01' } as never, why));
        }
      }
    });

    it(`each word for a refused call has a sentence (${lang})`, () => {
      for (const refused of REFUSED_WORDS) {
        const { headline } = said({ ...recordOf('c'), attempts: [], refused, status: 404 }, lang);
        expect(LANGUAGES[lang].refused, refused).to.have.property(refused);
        expect(headline, refused).to.include(LANGUAGES[lang].refused[refused]).and.include('404');
      }
    });

    it(`each input of each machine is translated, or left out on purpose (${lang})`, () => {
      const inputs = Object.entries(TABLES).flatMap(([machine, table]) =>
        [...new Set(Object.values(table).flatMap((row) => Object.keys(row)))].map((input) => `${machine}.${input}`),
      );
      expect(Object.keys(LANGUAGES[lang].steps)).to.have.members(inputs);
    });
  }

  it('what fails on our side is said in Latvian, too, and never as a status', () => {
    for (const local of LOCAL_FAILURES) {
      expect(LANGUAGES.lv.local(local)).to.not.equal(local);
      const sentence = phone({ why: 'unreachable', local });
      expect(sentence)
        .to.include(`on our side: ${local}`)
        .and.not.match(/ said /);
    }
  });

  it('a word of a later version is shown as it is', () => {
    expect(phone({ why: 'abducted' })).to.equal('+371…01: abducted.');
    expect(phone({ why: 'constructor' })).to.equal('+371…01: constructor.');
    expect(said({ ...recordOf('c'), attempts: [], refused: 'toString' }, 'en').headline).to.include('of: toString');
  });

  it('what looked like forwarding is named, and said to prove nothing', () => {
    const rang = recordOf('c').started;
    expect(phone({ why: 'no-answer', rang, hint: 'history-info' })).to.equal(
      '+371…01 rang 30 s and nobody answered; its History-Info header looked like forwarding, which proves nothing.',
    );
  });

  it('numbers are short, and still told apart; whole where that is asked', () => {
    const attempts = ['+37120000001', '+37120000101', 'sip:desk@10.1.0.1', 'sip:+37120000003@10.1.0.1'].map((member) =>
      attempt({ member }),
    );
    const record = { ...recordOf('c'), attempts };
    expect(said(record, 'en').phones.map(({ member }) => member)).to.deep.equal([
      '+371…001',
      '+371…101',
      'desk',
      '+371…03',
    ]);
    const whole = explain(
      { record, trace: null, now: 0, traceDays: 7 },
      { lang: 'en', timeZone: 'UTC', numbers: 'whole' },
    );
    expect(whole.phones.map(({ member }) => member)).to.deep.equal(attempts.map(({ member }) => member));
  });

  it('a caller who asked not to be shown is shown nowhere, but to a role that may see it', () => {
    const attempts = [attempt({ why: 'own-number', member: '+37120000009', started: null }), attempt({})];
    const record = { ...recordOf('c'), attempts, hidden: true };
    const shown = explain(
      { record, trace: null, now: 0, traceDays: 7 },
      { lang: 'en', timeZone: 'UTC', numbers: 'whole' },
    );
    expect(shown.caller).to.equal('a withheld number');
    expect(shown.phones[0]).to.include({ why: 'withheld' });
    expect(shown.headline).to.not.include('0009');
    const revealed = explain(
      { record, trace: null, now: 0, traceDays: 7 },
      { lang: 'en', timeZone: 'UTC', numbers: 'whole', revealsCaller: true },
    );
    expect(revealed.caller).to.equal('+37120000009');
    expect(revealed.phones[0]).to.include({ why: 'own-number' });
  });

  it('a trace that is past its life is called expired, one that never was is not, and a part is called a part', () => {
    const record = recordOf('c');
    const at = (days: number, trace: string | null = null) =>
      explain({ record, trace, now: record.ended + days * 86_400_000, traceDays: 7 }, { lang: 'en', timeZone: 'UTC' })
        .trace;
    expect(at(8)).to.include({ state: 'expired', shown: 0 });
    expect(at(8).sentence).to.equal(
      'The trace has expired (traces are kept for 7 days): the ladder is drawn from the record.',
    );
    expect(at(1).state).to.equal('none');
    const rows = Array.from({ length: 3 }, (_, i) => [i, 0, '<', 0, 'INFO', i, 1, '']);
    const trace = JSON.stringify({ trace: 1, began: 0, of: 10, gap: 2, legs: ['a'], rows });
    expect(at(1, trace)).to.include({ state: 'cut', shown: 3, of: 10 });
    expect(at(1, trace).sentence).to.include('3 of 10');
    const { ladder } = explain({ record, trace, now: 0, traceDays: 7 }, { lang: 'en', timeZone: 'UTC' });
    expect(ladder.map(({ label }) => label)).to.deep.equal([
      'INFO',
      'INFO',
      '… 7 steps and messages that were not kept …',
      'INFO',
    ]);
  });

  it('the call in the hour that is there twice is told apart: each time has its offset', () => {
    const before = Date.UTC(2026, 9, 25, 0, 30);
    const after = Date.UTC(2026, 9, 25, 1, 30);
    const shown = (started: number) => said({ ...recordOf('c'), started, ended: started }, 'en').headline.slice(0, 26);
    expect(shown(before)).to.equal('2026-10-25 03:30:00 +03:00');
    expect(shown(after)).to.equal('2026-10-25 03:30:00 +02:00');
  });

  it('what was never written down is not made up: without a trace the ladder has what the record says', () => {
    const base = recordOf('c');
    const t = base.started;
    const attempts = [
      attempt({
        member: MEMBER,
        why: 'busy',
        started: t,
        ended: t + 100,
        said: { status: 486, phrase: 'Busy Here', reason: null, warning: null },
      }),
      attempt({ member: OTHER, why: 'answered', started: t + 100, rang: t + 500, ended: null }),
    ];
    const record: CallRecord = {
      ...{ ...base, attempts, answered: t + 4000, ended: t + 9000, by: OTHER, status: 200, released: 'callee' },
    };
    const { ladder, trace } = said(record, 'en');
    expect(trace.state).to.equal('none');
    expect(ladder.map(({ at, from, to, label }) => `${at} ${from} > ${to} ${label}`)).to.deep.equal([
      '0 caller > service INVITE',
      '0 service > +371…01 INVITE',
      '100 +371…01 > service 486 INVITE',
      '100 service > +371…02 INVITE',
      '500 +371…02 > service 180 INVITE',
      '500 service > caller 180 INVITE',
      '4000 +371…02 > service 200 INVITE',
      '4000 service > caller 200 INVITE',
      '9000 +371…02 > service BYE',
      '9000 service > caller BYE',
    ]);
  });
});
