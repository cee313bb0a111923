/**
 * Who has an offer open in one dialog (RFC 3261 §13.2.1, §14; RFC 3262 §5; RFC 3311 §5), as a table. The rules for what may be
 * sent, and with what is refused what comes at the wrong moment, are those of RFC 6337 §4.3, which gives each one a name.
 */
import { type Machine, MachineKind, type Table } from '../base/machine.js';

export type OfferAnswerState =
  /** Nothing is open. */
  | 'stable'
  /** Our INVITE with an offer. */
  | 'inviting'
  /** Our INVITE without one: the peer's first reliable response makes the offer. */
  | 'asking'
  /** It has: our PRACK or ACK answers. */
  | 'answering'
  /** Our INVITE goes on, its offer was answered by a reliable provisional response; then with an UPDATE of ours, or of theirs. */
  | 'invitingSettled'
  | 'invitingUpdating'
  | 'invitingUpdated'
  /** The peer's INVITE with an offer. */
  | 'invited'
  /** The peer's INVITE without one: our first reliable response makes the offer. */
  | 'asked'
  /** It has: the peer's PRACK or ACK answers. */
  | 'offering'
  /** Our reliable provisional response with the answer waits for its PRACK. */
  | 'provisional'
  | 'invitedSettled'
  | 'invitedUpdating'
  | 'invitedUpdated'
  /** Our 2xx waits for its ACK. */
  | 'accepted'
  /** An offer in our UPDATE or PRACK, and in the peer's. */
  | 'updating'
  | 'updated';

export type OfferAnswerInput =
  | 'sendInvite'
  | 'sendBareInvite'
  | 'sendUpdate'
  | 'sendPrackOffer'
  | 'receiveInvite'
  | 'receiveBareInvite'
  | 'receiveUpdate'
  | 'receiveBareUpdate'
  | 'receivePrackOffer'
  // Of our INVITE:
  | 'earlyAnswerReceived'
  | 'offerReceived'
  | 'acceptanceReceived'
  | 'refusalReceived'
  | 'prackSent'
  | 'ackSent'
  // Of the peer's INVITE:
  | 'earlyAnswerSent'
  | 'offerSent'
  | 'acceptanceSent'
  | 'refusalSent'
  | 'prackReceived'
  | 'ackReceived'
  // The final response to our UPDATE or PRACK with an offer, and to the peer's:
  | 'updateOver'
  | 'updatedOver';

/**
 * Why nothing happens. `wait`: we must not send that now; `waitForAck`: not before the ACK. `pending`: what came is refused with
 * 491, as ours is open; `busy`: with 500 and Retry-After, as theirs is.
 */
export type OfferAnswerVerdict = 'wait' | 'waitForAck' | 'pending' | 'busy';

type Invites<S extends OfferAnswerState> = Record<'sendInvite' | 'sendBareInvite', readonly [S, 'wait']> &
  Record<'receiveInvite' | 'receiveBareInvite', readonly [S, 'pending' | 'busy']>;

type Updates<S extends OfferAnswerState> = Record<'sendUpdate' | 'sendPrackOffer', readonly [S, 'wait']> &
  Record<'receiveUpdate' | 'receivePrackOffer', readonly [S, 'pending' | 'busy']>;

/** No INVITE meanwhile. */
const noInvite = <S extends OfferAnswerState>(state: S, refusal: 'pending' | 'busy'): Invites<S> => ({
  sendInvite: [state, 'wait'],
  sendBareInvite: [state, 'wait'],
  receiveInvite: [state, refusal],
  receiveBareInvite: [state, refusal],
});

/** No offer in an UPDATE or PRACK meanwhile. */
const noUpdate = <S extends OfferAnswerState>(state: S, refusal: 'pending' | 'busy'): Updates<S> => ({
  sendUpdate: [state, 'wait'],
  sendPrackOffer: [state, 'wait'],
  receiveUpdate: [state, refusal],
  receivePrackOffer: [state, refusal],
});

export const OFFER_ANSWER: Table<OfferAnswerState, OfferAnswerInput, OfferAnswerVerdict> = {
  stable: {
    sendInvite: ['inviting'],
    sendBareInvite: ['asking'],
    sendUpdate: ['updating'],
    receiveInvite: ['invited'],
    receiveBareInvite: ['asked'],
    receiveUpdate: ['updated'],
    receivePrackOffer: ['updated'],
  },
  // UAC-II, UAC-IU; UAS-IcI, UAS-IcU
  inviting: {
    ...noInvite('inviting', 'pending'),
    ...noUpdate('inviting', 'pending'),
    earlyAnswerReceived: ['invitingSettled'], // RFC 3262 §5
    acceptanceReceived: ['stable'],
    refusalReceived: ['stable'],
  },
  asking: {
    ...noInvite('asking', 'pending'),
    ...noUpdate('asking', 'pending'),
    offerReceived: ['answering'],
    acceptanceReceived: ['stable'],
    refusalReceived: ['stable'],
  },
  answering: {
    ...noInvite('answering', 'pending'),
    ...noUpdate('answering', 'pending'), // RFC 6337 figure 18
    prackSent: ['invitingSettled'],
    ackSent: ['stable'],
    refusalReceived: ['stable'],
  },
  invitingSettled: {
    ...noInvite('invitingSettled', 'pending'),
    sendUpdate: ['invitingUpdating'],
    sendPrackOffer: ['invitingUpdating'],
    receiveUpdate: ['invitingUpdated'],
    receivePrackOffer: ['invitingUpdated'],
    acceptanceReceived: ['stable'],
    refusalReceived: ['stable'],
  },
  invitingUpdating: {
    ...noInvite('invitingUpdating', 'pending'),
    ...noUpdate('invitingUpdating', 'pending'), // UAS-UcU
    updateOver: ['invitingSettled'],
    acceptanceReceived: ['updating'],
    refusalReceived: ['updating'],
  },
  invitingUpdated: {
    ...noInvite('invitingUpdated', 'pending'),
    ...noUpdate('invitingUpdated', 'busy'), // UAS-UsU
    receiveBareUpdate: ['invitingUpdated', 'busy'],
    updatedOver: ['invitingSettled'],
    acceptanceReceived: ['updated'],
    refusalReceived: ['updated'],
  },
  // UAC-II, UAC-IU; UAS-IsI, UAS-IsU
  invited: {
    ...noInvite('invited', 'busy'),
    ...noUpdate('invited', 'busy'),
    earlyAnswerSent: ['provisional'],
    acceptanceSent: ['accepted'],
    refusalSent: ['stable'],
  },
  asked: {
    ...noInvite('asked', 'busy'),
    ...noUpdate('asked', 'busy'),
    offerSent: ['offering'],
    acceptanceSent: ['accepted'],
    refusalSent: ['stable'],
  },
  offering: {
    ...noInvite('offering', 'busy'),
    ...noUpdate('offering', 'busy'), // RFC 6337 figure 19
    prackReceived: ['invitedSettled'],
    ackReceived: ['stable'],
    refusalSent: ['stable'],
  },
  provisional: {
    ...noInvite('provisional', 'busy'),
    ...noUpdate('provisional', 'busy'),
    // RFC 3262 §5: a PRACK of an answer may bring another offer.
    receivePrackOffer: ['invitedUpdated'],
    prackReceived: ['invitedSettled'],
    refusalSent: ['stable'],
  },
  invitedSettled: {
    ...noInvite('invitedSettled', 'busy'),
    sendUpdate: ['invitedUpdating'],
    receiveUpdate: ['invitedUpdated'],
    receivePrackOffer: ['invitedUpdated'],
    acceptanceSent: ['accepted'],
    refusalSent: ['stable'],
  },
  invitedUpdating: {
    ...noInvite('invitedUpdating', 'busy'),
    ...noUpdate('invitedUpdating', 'pending'),
    updateOver: ['invitedSettled'],
    acceptanceSent: ['updating'],
    refusalSent: ['updating'],
  },
  invitedUpdated: {
    ...noInvite('invitedUpdated', 'busy'),
    ...noUpdate('invitedUpdated', 'busy'),
    receiveBareUpdate: ['invitedUpdated', 'busy'],
    updatedOver: ['invitedSettled'],
    acceptanceSent: ['updated'],
    refusalSent: ['updated'],
  },
  // RFC 3261 §14.1: the next INVITE waits for the ACK. Whoever sends one has had our 2xx.
  accepted: {
    sendInvite: ['accepted', 'waitForAck'],
    sendBareInvite: ['accepted', 'waitForAck'],
    sendUpdate: ['accepted', 'waitForAck'],
    receiveInvite: ['invited'],
    receiveBareInvite: ['asked'],
    receiveUpdate: ['updated'],
    ackReceived: ['stable'],
  },
  // UAC-UU, UAC-UI; UAS-UcU, UAS-UcI
  updating: {
    ...noInvite('updating', 'pending'),
    ...noUpdate('updating', 'pending'),
    updateOver: ['stable'],
  },
  // UAS-UsU, UAS-UsI
  updated: {
    ...noInvite('updated', 'busy'),
    ...noUpdate('updated', 'busy'),
    receiveBareUpdate: ['updated', 'busy'], // RFC 3311 §5.2: one UPDATE at a time
    updatedOver: ['stable'],
  },
};

/** The table at work in one dialog. */
export class OfferAnswer {
  static readonly #PERFORM: Readonly<Record<OfferAnswerVerdict, (dialog: OfferAnswer) => void>> = {
    wait: (dialog) => dialog.#say('wait'),
    waitForAck: (dialog) => dialog.#say('waitForAck'),
    pending: (dialog) => dialog.#say('pending'),
    busy: (dialog) => dialog.#say('busy'),
  };
  static readonly #MACHINE = new MachineKind(OFFER_ANSWER, OfferAnswer.#PERFORM);
  readonly #machine: Machine<OfferAnswerState, OfferAnswerInput, OfferAnswerVerdict>;
  /** Of the step that is being taken. */
  #verdict: OfferAnswerVerdict | undefined;

  constructor(state: OfferAnswerState = 'stable') {
    this.#machine = OfferAnswer.#MACHINE.of(this, state);
  }

  get state(): OfferAnswerState {
    return this.#machine.state;
  }

  /** Takes the step; what is returned says why it was not taken. */
  submit(input: OfferAnswerInput): OfferAnswerVerdict | undefined {
    this.#verdict = undefined;
    this.#machine.send(input);
    return this.#verdict;
  }

  #say(verdict: OfferAnswerVerdict): void {
    this.#verdict = verdict;
  }
}
