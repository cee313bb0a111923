import http from 'node:http';
import { expect } from 'chai';
import { unavailable } from '../../../lib/store/errors.js';
import { MASKED_KEY } from '../../../lib/store/keys.js';
import { documentOf } from '../../../lib/store/records/fields.js';
import { fakeStore, secretOf, startApi, type TestApi } from '../../support/api.js';
import { recordOf, until } from '../../support/store.js';

const PAGE = 100;

interface Got {
  readonly text: string;
  /** Of the trailer. */
  readonly rows: string | undefined;
  readonly isWhole: boolean;
}

describe('Exports of calls: all of them, with their count, read as fast as they are taken', () => {
  let api: TestApi;
  let records = 0;
  /** Pages that were asked for. */
  let asked = 0;
  let failsAt = Number.POSITIVE_INFINITY;
  const [fields] = JSON.parse(documentOf(recordOf('one'))) as [string[]];
  let rests = 0;
  /** So many times what is behind the first page does not come. */
  let isAwayFor = 0;
  const fake = fakeStore(async (name, [key, from]) => {
    if (name !== 'XREVRANGE' || key === MASKED_KEY) return [];
    asked += 1;
    if (from !== '+' && isAwayFor > 0) {
      isAwayFor -= 1;
      throw unavailable('no answer in time');
    }
    if (asked === failsAt) throw new Error('Redis is gone');
    const behind = from === '+' ? records + 1 : Number.parseInt(String(from).slice(1), 10);
    const many = Math.min(PAGE, behind - 1);
    return Array.from({ length: many }, (_, i) => [`${behind - 1 - i}-0`, fields]);
  });

  const rest = async (): Promise<void> => {
    rests += 1;
  };
  const store = { ...fake, link: { ...fake.link, rest } };

  before(async () => {
    api = await startApi(() => store);
  });
  beforeEach(() => {
    [records, asked, rests, failsAt] = [250, 0, 0, Number.POSITIVE_INFINITY];
  });
  after(() => api.close());

  const response = (query = ''): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${secretOf('support')}` };
      http.get(`${api.url}/api/v1/calls?format=csv${query}`, { headers }, resolve).once('error', reject);
    });
  const got = async (query?: string): Promise<Got> => {
    const answer = await response(query);
    const { trailer } = answer.headers;
    expect(trailer).to.equal('virkne-rows');
    let text = '';
    try {
      for await (const piece of answer.setEncoding('utf8')) text += piece;
    } catch {
      // Cut off: `complete` says so.
    }
    return { text, rows: answer.trailers['virkne-rows'], isWhole: answer.complete };
  };

  it('how many there are stands in the trailer, and in the last line where that is asked for, with as many fields (RFC 4180 §2)', async () => {
    const plain = await got();
    expect(plain).to.include({ rows: '250', isWhole: true });
    expect(plain.text.split('\r\n')).to.have.length(1 + 250 + 1);
    expect(plain.text).to.not.contain('rows');
    const [head = '', ...lines] = (await got('&count=yes&separator=;')).text.trimEnd().split('\r\n');
    expect(lines).to.have.length(251);
    expect(lines.at(-1)?.split(';').slice(0, 3)).to.deep.equal(['rows', '250', '']);
    expect(lines.at(-1)?.split(';')).to.have.length(head.split(';').length);
    records = 0;
    expect((await got('&count=yes')).text).to.match(/\r\nrows,0,+\r\n$/);
  });

  it('a moment in which Redis does not answer in time breaks nothing off: the page is asked for again', async () => {
    isAwayFor = 3;
    expect(await got()).to.include({ rows: '250', isWhole: true });
    expect(rests).to.be.at.least(3);
  });

  it('one that breaks off is not whole, and says no count', async () => {
    failsAt = 2;
    const cut = await got('&count=yes');
    expect(cut).to.include({ rows: undefined, isWhole: false });
    expect(cut.text).to.contain('\r\n').and.not.contain('rows');
  });

  it('between two pages the process belongs to its calls for a moment', async () => {
    records = 1000;
    await got();
    expect([asked, rests]).to.deep.equal([11, 10]);
  });

  /** Nothing was asked for twenty times in a row. */
  const resting = async (): Promise<number> => {
    let [before, times] = [asked, 0];
    await until(() => {
      times = asked === before ? times + 1 : 0;
      before = asked;
      return times === 20;
    });
    return asked;
  };

  it('whoever reads slowly holds up his own export alone: what waits for him is bounded; whoever leaves ends it', async () => {
    records = 10_000_000;
    const slow = await response();
    slow.pause();
    const before = await resting();
    // What the sockets of both sides hold, and the streams.
    expect(before * PAGE).to.be.below(200_000);
    slow.once('error', () => {});
    slow.resume();
    await until(() => asked > before);
    slow.destroy();
    await resting();
    records = 1;
    expect((await got()).rows).to.equal('1');
  }).timeout(20_000);
});
