import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { differences } from '../../../lib/demo/record.js';
import { Story } from '../../../lib/demo/story.js';
import { parseTrace, Tap } from '../../../lib/demo/trace.js';
import { drawArrow, drawHead } from '../../../lib/explain/draw.js';
import type { CallRecord } from '../../../lib/store/types.js';
import { UNSAID, UNSAID_OF_ATTEMPT } from '../../support/store.js';

const PARTIES = ['caller', 'Virkne', 'A', 'B'];

/** A message as SIPp writes it. */
const traced = (time: string, kind: 'sent' | 'received', start: string, cseq: string): string =>
  `----------------------------------------------- 2026-01-05 ${time}\n` +
  `UDP message ${kind} [99] bytes :\n\n${start}\r\nCSeq: ${cseq}\r\nContent-Length: 0\r\n\r\n\n`;

const INVITE = traced('10:00:00.000000', 'received', 'INVITE sip:a@127.0.0.1 SIP/2.0', '1 INVITE');
const RINGING = traced('10:00:00.020000', 'sent', 'SIP/2.0 180 Ringing', '1 INVITE');
const CANCEL = traced('10:00:03.020000', 'received', 'CANCEL sip:a@127.0.0.1 SIP/2.0', '1 CANCEL');
const CANCEL_OK = traced('10:00:03.021000', 'sent', 'SIP/2.0 200 OK', '1 CANCEL');

describe('Demo: the ladder', () => {
  it('an arrow goes from column to column and leaves the timelines of others', () => {
    expect(drawHead(PARTIES).trimEnd()).to.match(/^ +caller +Virkne +A +B$/);
    const right = drawArrow(PARTIES, { at: 3021, from: 'Virkne', to: 'B', label: 'CANCEL', note: 'why' });
    expect(right).to.equal('  3.021   │              │─────────── CANCEL ─────────►│  why');
    const left = drawArrow(PARTIES, { at: 0, from: 'A', to: 'Virkne', label: '486' });
    expect(left).to.equal('  0.000   │              │◄──── 486 ────│              │');
  });

  it('every label of the demo fits between two columns', () => {
    for (const label of ['INVITE', 'CANCEL', '486']) {
      expect(drawArrow(PARTIES, { at: 0, from: 'caller', to: 'Virkne', label })).to.match(/│─* ?[\w ]+ ?─*►│/);
    }
  });

  it('SIPp traces become messages with direction, time and meaning', () => {
    const messages = parseTrace('B', 'Virkne', INVITE + RINGING + CANCEL + CANCEL_OK);
    expect(messages.map(({ from, to, label, name }) => [from, to, label, name])).to.deep.equal([
      ['Virkne', 'B', 'INVITE', 'INVITE'],
      ['B', 'Virkne', '180', '180 INVITE'],
      ['Virkne', 'B', 'CANCEL', 'CANCEL'],
      ['B', 'Virkne', '200', '200 CANCEL'],
    ]);
    expect((messages[2]?.at ?? 0) - (messages[0]?.at ?? 0)).to.equal(3020);
  });

  it('a message that is still being written waits', () => {
    expect(parseTrace('B', 'Virkne', INVITE + RINGING.slice(0, -20))).to.have.length(1);
  });

  it('the tap yields each message once, in the order of time over all files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'virkne-tap-'));
    const tap = new Tap(
      ['A', 'B', 'C'].map((name) => ({ name, file: join(folder, name) })),
      'Virkne',
    );
    const parties = () => tap.take(Number.POSITIVE_INFINITY).map(({ from, to }) => `${from}>${to}`);
    writeFileSync(join(folder, 'A'), CANCEL);
    writeFileSync(join(folder, 'B'), INVITE + RINGING);
    expect(tap.take(new Date('2026-01-05T10:00:00.010').getTime())).to.have.length(1);
    expect(parties()).to.deep.equal(['B>Virkne', 'Virkne>A']);
    writeFileSync(join(folder, 'B'), INVITE + RINGING + CANCEL);
    expect(parties()).to.deep.equal(['Virkne>B']);
    expect(parties()).to.deep.equal([]);
    rmSync(folder, { recursive: true });
  });

  it('the story says who rings, how long, and why the next one comes, each once', () => {
    const story = new Story('caller', 'Virkne');
    const messages = parseTrace('B', 'Virkne', INVITE + RINGING + RINGING + CANCEL);
    expect(messages.map((message) => story.tell(message).note)).to.deep.equal([
      undefined,
      'B rings',
      undefined,
      'B did not answer within 3.0 s: the next one',
    ]);
  });
});

describe('Demo: the verdict', () => {
  const attempt = (member: string, why: 'busy' | 'no-answer' | 'answered') => ({
    ...{ member, why, started: 1, rang: 1, ended: 2, status: 200 },
    ...UNSAID_OF_ATTEMPT,
  });
  const record: CallRecord = {
    ...{ call: 'c', pilot: '+37167000000', caller: '+37125550000', started: 1, answered: 2, ended: 3, status: 200 },
    ...{ by: 'sip:c', released: 'caller', policy: 'linear', turn: 1, version: 1 },
    attempts: [attempt('sip:a', 'busy'), attempt('sip:b', 'no-answer'), attempt('sip:c', 'answered')],
    ...UNSAID,
  };
  const members = ['sip:a', 'sip:b', 'sip:c'];

  it('a record of the call as it was played has no differences', () => {
    expect(differences(record, members)).to.deep.equal([]);
  });

  it('each thing that went otherwise is named', () => {
    const other = { ...record, attempts: record.attempts.slice(1), by: null, status: 480, released: null };
    expect(differences(other, members).map((line) => line.split(':')[0])).to.deep.equal([
      'attempts',
      'by',
      'status',
      'released',
    ]);
  });
});
