import { expect } from 'chai';
import { systemClock } from '../../../lib/base/clock.js';
import { openStage } from '../../../lib/warm-up/stage.js';
import { warmUpCalls } from '../../../lib/warm-up/warm-up.js';
import { CALL_SETTINGS, CONFIG, ENGINE_SETTINGS } from '../../support/defaults.js';

const options = { clock: systemClock, engine: ENGINE_SETTINGS, traces: CONFIG.traces, call: CALL_SETTINGS };

describe('The warm-up before the first call', () => {
  for (const link of ['direct', 'protocol'] as const) {
    it(`plays whole calls to their end, ${link}: each leaves a record on the stage`, async () => {
      const stage = await openStage({ ...options, link });
      await stage.phones.calls(30, 5);
      while (stage.records < 30) await new Promise<void>((resolve) => setImmediate(resolve));
      await stage.close();
      expect(stage.records).to.equal(30);
    });
  }

  it('ends by itself long before its deadline', async () => {
    expect(await warmUpCalls(10, { ...options, link: 'direct' })).to.be.below(5000);
  });
});
