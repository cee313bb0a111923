import { expect } from 'chai';
import { ResponseOrder } from '../../../lib/sip/response-order.js';

describe('The order of responses to an INVITE (RFC 3262 §3)', () => {
  let order: ResponseOrder;
  let sent: string[];
  beforeEach(() => {
    order = new ResponseOrder();
    sent = [];
  });

  const reliably = (name: string, hasBody = false): void => order.submit('reliable', hasBody, () => sent.push(name));
  const accept = (): void => order.submit('acceptance', true, () => sent.push('200'));

  it('a 2xx that has nothing to wait for goes out at once', () => {
    accept();
    expect(sent).to.deep.equal(['200']);
    expect(order.holdsAnswer).to.equal(false);
  });

  it('reliable ones go out one at a time, each behind the PRACK of the one before', () => {
    for (const name of ['183', '180', '182']) reliably(name);
    expect(sent).to.deep.equal(['183']);
    order.acknowledged();
    expect(sent).to.deep.equal(['183', '180']);
    order.acknowledged();
    order.acknowledged();
    reliably('181');
    expect(sent).to.deep.equal(['183', '180', '182', '181']);
  });

  it('a 2xx waits for the PRACK of every one with a description', () => {
    reliably('183');
    reliably('180 with SDP', true);
    accept();
    expect(order.holdsAnswer).to.equal(true);
    order.acknowledged();
    expect(sent).to.deep.equal(['183', '180 with SDP']);
    order.acknowledged();
    expect(sent.at(-1)).to.equal('200');
    expect(order.holdsAnswer).to.equal(false);
  });

  it('a 2xx takes the place of bare ones that wait', () => {
    reliably('183');
    reliably('180');
    accept();
    order.acknowledged();
    expect(sent).to.deep.equal(['183', '200']);
  });

  it('a refusal, or the time-out of the PRACK, ends all waiting', () => {
    reliably('183');
    accept();
    order.end();
    expect(order.holdsAnswer).to.equal(false);
    order.acknowledged();
    expect(sent).to.deep.equal(['183']);
  });
});
