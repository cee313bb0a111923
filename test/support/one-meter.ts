import { expect } from 'chai';
import { createMeter } from '../../lib/api/metrics.js';
import type { Meter } from '../../lib/base/meter.js';
import { REFUSED_WORDS } from '../../lib/call/refusals.js';
import { ALL_RESULTS } from '../../lib/call/results.js';

/** The real one, for all tests of a process: what each counts is held against its table. Gauges belong to one service each. */
const meter = createMeter({ results: ALL_RESULTS, refusals: REFUSED_WORDS });

export const ONE_METER: Meter = { ...meter, gauge: () => {} };

// Behind each test, of whichever file: what must never be counted, whatever the test does.
afterEach(() => {
  for (const name of ['invariant_violations_total', 'meter_refused_total'])
    expect(meter.counted(name), name).to.equal(0);
});
