import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { createIds } from '../../../lib/base/ids.js';
import { silentMeter } from '../../../lib/base/meter.js';
import { unavailable } from '../../../lib/store/errors.js';
import type { Link } from '../../../lib/store/link.js';
import { OpenTurns } from '../../../lib/store/records/open-turns.js';
import { Replayer } from '../../../lib/store/records/replay.js';
import { Spool } from '../../../lib/store/records/spool.js';
import { FakeClock } from '../../support/fake-clock.js';

describe('The spool is replayed to a Redis that is away again and again', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'virkne-replay-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('each turn that it has is done with: it is not sent again, and the last one comes although every seventh command fails', async () => {
    const sent: string[] = [];
    let commands = 0;
    const link = {
      state: 'ready',
      onChange: () => {},
      redisTime: () => 0,
      fcall: async (_name: string, _key: string, [call]: string[]) => {
        if (++commands % 7 === 0) throw unavailable('away');
        return sent.push(call as string);
      },
    } as unknown as Link;
    const base = { clock: new FakeClock(), log: pino({ level: 'silent' }), meter: silentMeter };
    const spool = new Spool({ ...base, directory, fileBytes: 1_000_000, files: 10 });
    const calls = Array.from({ length: 40 }, (_, i) => `call-${i}`);
    for (const call of calls) spool.addTurn({ pilot: '+37167000000', call, start: '+37120000001', at: 1, since: 1 });
    const parts = { ...base, link, spool, openTurns: new OpenTurns(), acknowledged: undefined, ids: createIds() };
    const replayer = new Replayer({ ...parts, node: 'riga:one' });
    for (let run = 0; run < 7; run++) await replayer.run();
    expect(sent).to.deep.equal(calls);
    expect(spool.empty).to.equal(true);
    await replayer.close();
    await spool.close();
  });
});
