import { expect } from 'chai';
import fc from 'fast-check';
import { encodeFrame, FrameReader } from '../../../lib/base/frames.js';

function readAll(pieces: readonly string[], limit?: number): { frames: string[]; followed: boolean } {
  const reader = new FrameReader(limit);
  const frames: string[] = [];
  const followed = pieces.every((piece) => reader.read(piece, (content) => frames.push(content)));
  return { frames, followed };
}

describe('Frames', () => {
  it('counts bytes, not characters', () => {
    const content = Buffer.from('id|ping Ķekava', 'utf8').toString('latin1');
    expect(encodeFrame(content)).to.equal(`${content.length}#${content}`);
    expect(content.length).to.equal(Buffer.byteLength('id|ping Ķekava'));
  });

  it('come out whole and in order however the stream is segmented', () => {
    const contents = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 60 }), { maxLength: 6 });
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    fc.assert(
      fc.property(contents, cuts, (frames, at) => {
        const stream = frames.map(encodeFrame).join('');
        const pieces: string[] = [];
        let start = 0;
        for (const cut of [...at].sort((a, b) => a - b)) {
          pieces.push(stream.slice(start, cut));
          start = Math.max(start, Math.min(cut, stream.length));
        }
        pieces.push(stream.slice(start));
        expect(readAll(pieces)).to.deep.equal({ frames, followed: true });
      }),
    );
  });

  it('come out byte by byte', () => {
    const stream = encodeFrame('a|ping') + encodeFrame('b|12#x') + encodeFrame('c');
    expect(readAll([...stream]).frames).to.deep.equal(['a|ping', 'b|12#x', 'c']);
  });

  it('are refused when the length is no number, missing or zero', () => {
    for (const stream of ['x#a', '1x#a', '#a', '0#', ' 1#a', '-1#a', 'GET / HTTP/1.1\r\n']) {
      expect(readAll([stream]).followed, stream).to.equal(false);
    }
  });

  it('are refused over the limit, as soon as the length is known', () => {
    expect(readAll(['1048577#']).followed).to.equal(false);
    expect(readAll(['1048576#']).followed).to.equal(true);
    expect(readAll(['11#'], 10).followed).to.equal(false);
    expect(readAll(['12345678']).followed).to.equal(false);
  });

  it('that came before a fault are still delivered', () => {
    expect(readAll([`${encodeFrame('a|ping')}?`])).to.deep.equal({ frames: ['a|ping'], followed: false });
  });

  it('of the largest size arrive in small pieces without joining them each time', () => {
    const stream = encodeFrame('x'.repeat(1_000_000));
    const pieces = stream.match(/.{1,100}/g) as string[];
    const started = performance.now();
    expect(readAll(pieces).frames[0]).to.have.length(1_000_000);
    expect(performance.now() - started).to.be.below(1000);
  });
});
