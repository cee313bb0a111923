import { expect } from 'chai';
import { Recent } from '../../../lib/base/recent.js';
import { detached } from '../../../lib/base/text.js';
import { heapUsed } from '../../support/heap.js';

describe('Recent', () => {
  const counting = () => {
    const made: string[] = [];
    const make = (text: string): string | null => {
      made.push(text);
      return text === 'nothing' ? null : text.toUpperCase();
    };
    return { made, make };
  };

  it('works a text out once, also where nothing comes of it', () => {
    const recent = new Recent<string | null>(10);
    const { made, make } = counting();
    for (let i = 0; i < 3; i++) {
      expect(recent.get('one', make)).to.equal('ONE');
      expect(recent.get('nothing', make)).to.equal(null);
    }
    expect(made).to.deep.equal(['one', 'nothing']);
  });

  it('never keeps more than its limit, and always the last half of that many', () => {
    for (let count = 50; count < 250; count++) {
      const recent = new Recent<string | null>(100);
      const { made, make } = counting();
      for (let i = 0; i < count; i++) {
        recent.get(`text ${i}`, make);
        expect(recent.size).to.be.at.most(100);
      }
      for (let i = count - 50; i < count; i++) recent.get(`text ${i}`, make);
      expect(made).to.have.length(count);
    }
  });

  it('keeps what is asked for again and again, whatever comes between', () => {
    const recent = new Recent<string | null>(10);
    const { made, make } = counting();
    for (let i = 0; i < 1000; i++) {
      recent.get('always', make);
      recent.get(`other ${i}`, make);
    }
    expect(made.filter((text) => text === 'always')).to.have.length(1);
  });

  it('what is kept, or found, is as young as what is made; what is forgotten is gone', () => {
    const recent = new Recent<number>(10);
    recent.keep('kept', 0);
    for (let i = 1; i < 1000; i++) {
      recent.keep(`other ${i}`, i);
      if (i % 3 === 0) recent.keep('kept', i);
      expect(recent.find('kept')).to.equal(i - (i % 3));
      expect(recent.size).to.be.at.most(10);
    }
    recent.forget('kept');
    expect(recent.find('kept')).to.equal(undefined);
    expect(recent.get('kept', () => -1)).to.equal(-1);
  });
});

describe('detached', () => {
  it('is the same text', () => {
    for (const text of ['', 'c1@10.0.0.9', 'Ķēniņš 🜁', 'x'.repeat(5000)]) expect(detached(text)).to.equal(text);
  });

  it('does not keep the message from which it was cut', () => {
    const before = heapUsed();
    const kept = Array.from({ length: 100 }, (_, i) => detached(`${i}`.padEnd(50_000, ' message').slice(0, 20)));
    expect(heapUsed() - before).to.be.below(1_000_000);
    expect(kept).to.have.length(100);
  });
});
