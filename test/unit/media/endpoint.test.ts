import { expect } from 'chai';
import type { FsEndpoint } from 'drachtio-fsmrf';
import { MediaEndpoint } from '../../../lib/media/endpoint.js';
import { FakeClock } from '../../support/fake-clock.js';

const never = (): Promise<never> => new Promise(() => {});

/** What MediaEndpoint takes of drachtio-fsmrf's, of a server that answers nothing any more. */
const silent = {
  uuid: 'one',
  conn: null,
  on: () => {},
  play: never,
  bridge: never,
  api: never,
  dialog: { remote: { sdp: 'v=0' }, modify: never, destroy: () => Promise.resolve() },
} as unknown as FsEndpoint;

describe('An endpoint of a media server', () => {
  for (const [end, told] of [
    ['destroy', []],
    ['lost', ['failed', 'gone', 'gone']],
  ] as const) {
    it(`${end}: no timer is left of what it was asked for and never did`, () => {
      const clock = new FakeClock();
      const user = { onDigit: () => {}, onGone: () => {} };
      const owner = { clock, timeoutMs: 4000, onOver: () => {} };
      const heard: unknown[] = [];
      const endpoint = new MediaEndpoint(silent, owner, user);
      endpoint.play(['music'], 300_000, (played) => heard.push(played));
      endpoint.modify('v=0', (failure) => heard.push(failure));
      endpoint.bridge(new MediaEndpoint(silent, owner, user), (failure) => heard.push(failure));
      expect(clock.pending).to.equal(3);
      endpoint[end]();
      expect(clock.pending).to.equal(0);
      expect(heard).to.deep.equal(told);
    });
  }

  it('a dialog that cannot be ended costs nobody the news: it is over, and whoever waits is told', () => {
    const broken = {
      ...silent,
      dialog: {
        ...silent.dialog,
        destroy: () => {
          throw new Error('no such dialog');
        },
      },
    } as unknown as FsEndpoint;
    const told: string[] = [];
    const user = { onDigit: () => {}, onGone: () => told.push('gone') };
    const owner = { clock: new FakeClock(), timeoutMs: 4000, onOver: () => told.push('over') };
    const endpoint = new MediaEndpoint(broken, owner, user);
    endpoint.play(['music'], 300_000, (played) => told.push(played));
    endpoint.lost();
    expect(told).to.deep.equal(['over', 'failed', 'gone']);
  });
});
