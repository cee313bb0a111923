import { expect } from 'chai';
import type { Field } from '../../../lib/sip/message.js';
import { ENGINE, useCallHarness } from './call-harness.js';

const PILOT_URI = 'sip:+37167000000@10.0.0.1';
const crowd = (value: string, count = 51): string => Array(count).fill(value).join(', ');

describe('Lists with more values than an honest message has (RFC 3261 §7.3.1)', () => {
  const start = useCallHarness();

  for (const [name, value] of [
    ['Diversion', '<sip:+37126000001@a>'],
    ['History-Info', '<sip:+37126000001@a>;index=1'],
    ['Record-Route', '<sip:10.0.0.9;lr>'],
    ['Contact', '<sip:a@10.0.0.9>'],
    ['Call-Info', '<sip:a>;method="NOTIFY;Event=x"'],
  ] as const) {
    it(`an INVITE with 51 of ${name} is 513 before any state is made; the caller beside it is served`, async () => {
      const harness = await start();
      await harness.call({ fields: [[name, crowd(value)]] });
      expect(harness.caller.summary).to.deep.equal(['513 INVITE']);
      expect(harness.trunk.summary).to.deep.equal([]);
      const honest = harness.peer('10.0.0.8', { user: '+37126000008' });
      honest.invite(ENGINE, { uri: PILOT_URI });
      await harness.pass(0);
      await harness.reply(200);
      expect(honest.summary).to.include('200 INVITE');
    });
  }

  const answered = async (fields: Field[]) => {
    const harness = await start();
    await harness.call();
    await harness.reply(180);
    await harness.reply(200, harness.trunk, 'INVITE', fields);
    return harness;
  };

  it('an answer with 51 of History-Info counts, without them', async () => {
    const harness = await answered([['History-Info', crowd('<sip:+37129999999@a;cause=302>;index=1;mp=1')]]);
    expect(harness.caller.summary).to.include('200 INVITE');
    await harness.expectNothingStays();
    expect(harness.whys?.[0]).to.equal('answered');
  });

  it('an answer with 51 of Record-Route is acknowledged and ended: nobody could be spoken to', async () => {
    const harness = await answered([['Record-Route', crowd('<sip:10.1.0.1;lr>')]]);
    expect(harness.trunk.summary.slice(0, 3)).to.deep.equal(['INVITE', 'ACK', 'BYE']);
    expect(harness.caller.summary).to.not.include('200 INVITE');
  });

  it('a BYE with 51 reasons is 513, and the call goes on until one comes that can be read', async () => {
    const harness = await answered([]);
    const answer = harness.caller.response(200);
    harness.caller.bye(answer, [['Reason', crowd('Q.850;cause=16;text="Normal call clearing"')]]);
    await harness.pass(0);
    expect(harness.caller.summary).to.include('513 BYE');
    expect(harness.trunk.summary).to.not.include('BYE');
    harness.caller.bye(answer);
    await harness.pass(0);
    expect(harness.trunk.summary).to.include('BYE');
  });

  it('Privacy that is longer than all its values hides the caller (RFC 3323 §4.2)', async () => {
    const harness = await start({ members: ['sip:home@10.1.0.1'] });
    await harness.call({ fields: [['Privacy', Array(500).fill('x').join(';')]] });
    expect(harness.trunk.request('INVITE').first('from')).to.contain('anonymous');
  });
});
