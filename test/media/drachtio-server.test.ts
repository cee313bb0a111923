/** On a real drachtio-server alone (TEST_DRACHTIO_URL): what becomes of voices when a connection to it is lost. */
import { expect } from 'chai';
import { TEST_DRACHTIO_URL } from '../support/drachtio-server.js';
import { Relay } from '../support/relay.js';
import { CallSide } from './call-side.js';

/** The service attaches first, then what makes endpoints. */
const GUEST = 1;

const onServer = (url: string): void => {
  describe('Voices on a real drachtio-server (with a double of FreeSWITCH)', function () {
    this.timeout(30_000);
    let relay: Relay;
    let side: CallSide;

    beforeEach(async () => {
      const { hostname, port, password } = new URL(url.replace(/^drachtio:/, 'http:'));
      relay = new Relay(hostname, Number(port || 9022));
      const drachtio = { url: `drachtio://:${password}@127.0.0.1:${await relay.listen()}` };
      side = await CallSide.open(['anna', 'bert'], { confirm: true }, { sweepSeconds: 1 }, { drachtio });
    });
    afterEach(async () => {
      await side.close();
      relay.close();
    });

    it('both connections are cut in the question: BYE to the member, 503 to the caller, no channel is left', async () => {
      side.call();
      await side.ask('anna');
      relay.cut();
      expect((await side.record()).status).to.equal(503);
      await side.phone('anna').until('BYE', () => side.phone('anna').requests('BYE').length === 1);
      await side.caller.until('503', () => side.caller.statuses().at(-1) === 503);
      await side.nothingLeft();
    });

    it('the connection for media servers is cut in the question: the call goes on, and a later one has voices again', async () => {
      side.call();
      await side.ask('anna');
      relay.cutOne(GUEST);
      side.phone('anna').rtp.press('5');
      const bert = side.phone('bert');
      await bert.rings();
      bert.answer();
      await side.answered();
      await side.speak('bert');
      side.caller.bye();
      const record = await side.record();
      expect(record.attempts.map(({ why }) => why)).to.deep.equal(['not-confirmed', 'answered']);
      expect(record.media).to.equal('gone');
      await side.nothingLeft();
      await side.media.untilUp();
      (await side.media.endpoint()).destroy();
      await side.nothingLeft();
    });

    it('a member answers our re-INVITE by 180 and then 200, of which the server tells nothing: joined through the media server', async () => {
      side.call();
      side.phone('anna').ringsAgain = true;
      await side.join('anna');
      await side.speak('anna');
      side.caller.bye();
      expect(await side.record()).to.include({ status: 200, media: 'through' });
      await side.nothingLeft();
    });
  });
};

if (TEST_DRACHTIO_URL !== undefined) onServer(TEST_DRACHTIO_URL);
