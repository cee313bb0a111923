import { expect } from 'chai';
import {
  OFFER_ANSWER,
  OfferAnswer,
  type OfferAnswerInput,
  type OfferAnswerState,
} from '../../../lib/sip/offer-answer.js';

const INPUTS =
  `sendInvite sendBareInvite sendUpdate sendPrackOffer receiveInvite receiveBareInvite receiveUpdate receiveBareUpdate
receivePrackOffer earlyAnswerReceived offerReceived acceptanceReceived refusalReceived prackSent ackSent earlyAnswerSent offerSent
acceptanceSent refusalSent prackReceived ackReceived updateOver updatedOver`.split(/\s+/) as OfferAnswerInput[];

/** RFC 6337 §4.3, written down a second time: `INV` and `UPD` stand for both kinds of INVITE, and for UPDATE and PRACK. */
const WAIT = 'sendINV!wait sendUPD!wait';
const CLIENT = `${WAIT} receiveINV!pending`;
const SERVER = `${WAIT} receiveINV!busy`;

/** `input>next` for each arrow, `input!verdict` for what must not happen. What is not written must change nothing. */
const ARROWS: Readonly<Record<OfferAnswerState, string>> = {
  stable: `sendInvite>inviting sendBareInvite>asking sendUpdate>updating receiveInvite>invited receiveBareInvite>asked
    receiveUpdate>updated receivePrackOffer>updated`,
  inviting: `${CLIENT} receiveUPD!pending earlyAnswerReceived>invitingSettled acceptanceReceived>stable refusalReceived>stable`,
  asking: `${CLIENT} receiveUPD!pending offerReceived>answering acceptanceReceived>stable refusalReceived>stable`,
  answering: `${CLIENT} receiveUPD!pending prackSent>invitingSettled ackSent>stable refusalReceived>stable`,
  invitingSettled: `sendINV!wait receiveINV!pending sendUPD>invitingUpdating receiveUPD>invitingUpdated
    acceptanceReceived>stable refusalReceived>stable`,
  invitingUpdating: `${CLIENT} receiveUPD!pending updateOver>invitingSettled acceptanceReceived>updating
    refusalReceived>updating`,
  invitingUpdated: `${CLIENT} receiveUPD!busy receiveBareUpdate!busy updatedOver>invitingSettled acceptanceReceived>updated
    refusalReceived>updated`,
  invited: `${SERVER} receiveUPD!busy earlyAnswerSent>provisional acceptanceSent>accepted refusalSent>stable`,
  asked: `${SERVER} receiveUPD!busy offerSent>offering acceptanceSent>accepted refusalSent>stable`,
  offering: `${SERVER} receiveUPD!busy prackReceived>invitedSettled ackReceived>stable refusalSent>stable`,
  provisional: `${SERVER} receiveUpdate!busy receivePrackOffer>invitedUpdated prackReceived>invitedSettled refusalSent>stable`,
  invitedSettled: `sendINV!wait receiveINV!busy sendUpdate>invitedUpdating receiveUPD>invitedUpdated acceptanceSent>accepted
    refusalSent>stable`,
  invitedUpdating: `${SERVER} receiveUPD!pending updateOver>invitedSettled acceptanceSent>updating refusalSent>updating`,
  invitedUpdated: `${SERVER} receiveUPD!busy receiveBareUpdate!busy updatedOver>invitedSettled acceptanceSent>updated
    refusalSent>updated`,
  accepted: `sendINV!waitForAck sendUpdate!waitForAck receiveInvite>invited receiveBareInvite>asked receiveUpdate>updated
    ackReceived>stable`,
  updating: `${CLIENT} receiveUPD!pending updateOver>stable`,
  updated: `${SERVER} receiveUPD!busy receiveBareUpdate!busy updatedOver>stable`,
};

const KINDS: Readonly<Record<string, readonly string[]>> = {
  sendINV: ['sendInvite', 'sendBareInvite'],
  receiveINV: ['receiveInvite', 'receiveBareInvite'],
  sendUPD: ['sendUpdate', 'sendPrackOffer'],
  receiveUPD: ['receiveUpdate', 'receivePrackOffer'],
};

function arrowsOf(line: string): Map<string, { next?: string; verdict?: string }> {
  const arrows = new Map<string, { next?: string; verdict?: string }>();
  for (const arrow of line.split(/\s+/)) {
    const [, name = '', mark, to = ''] = /^(\w+)([>!])(\w+)$/.exec(arrow) ?? [];
    for (const input of KINDS[name] ?? [name]) arrows.set(input, mark === '>' ? { next: to } : { verdict: to });
  }
  return arrows;
}

describe('Offer and answer in one dialog (RFC 3261 §14, RFC 3311 §5, RFC 6337 §4.3)', () => {
  for (const [state, line] of Object.entries(ARROWS) as [OfferAnswerState, string][]) {
    const arrows = arrowsOf(line);
    for (const input of INPUTS) {
      const { next = state, verdict } = arrows.get(input) ?? {};
      it(`${state} + ${input} → ${verdict ?? (next === state ? 'nothing' : next)}`, () => {
        const exchange = new OfferAnswer(state);
        expect(exchange.submit(input)).to.equal(verdict);
        expect(exchange.state).to.equal(next);
      });
    }
  }

  it('knows no other states and inputs than these', () => {
    expect(Object.keys(OFFER_ANSWER).sort()).to.deep.equal(Object.keys(ARROWS).sort());
    const used = new Set(Object.values(OFFER_ANSWER).flatMap((row) => Object.keys(row)));
    expect([...used].filter((input) => !(INPUTS as string[]).includes(input))).to.deep.equal([]);
  });

  it('from every state what is still owed leads back to stable: nobody gets 491 for ever', () => {
    const requests = /^(send|receive)/;
    for (const state of Object.keys(ARROWS) as OfferAnswerState[]) {
      const seen = new Set<string>([state]);
      const reach = [state as string];
      for (let at = reach.pop(); at !== undefined; at = reach.pop()) {
        for (const [input, row] of Object.entries(OFFER_ANSWER[at as OfferAnswerState])) {
          if (requests.test(input) || seen.has(row[0])) continue;
          seen.add(row[0]);
          reach.push(row[0]);
        }
      }
      expect(seen.has('stable'), state).to.equal(true);
    }
  });
});
