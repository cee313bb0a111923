import { expect } from 'chai';
import { DatagramMemory } from '../../../lib/engine/transport/datagram-memory.js';

describe('Memory for datagrams', () => {
  it('holds each octet, and what was written before stays: a datagram may wait for its socket', () => {
    const memory = new DatagramMemory();
    const texts = Array.from({ length: 500 }, (_, at) => `${at} \x00\x7f\x80\xff `.repeat(1 + (at % 97)));
    const written = texts.map((text) => memory.write(text));
    expect(written.map((bytes) => bytes.toString('latin1'))).to.deep.equal(texts);
  });

  it('gives what is long memory of its own, and nothing for nothing', () => {
    const memory = new DatagramMemory();
    const [short, long, empty] = ['a', 'b'.repeat(65_000), ''].map((text) => memory.write(text));
    expect(long?.toString('latin1')).to.equal('b'.repeat(65_000));
    expect(long?.buffer).not.to.equal(short?.buffer);
    expect(empty).to.have.length(0);
  });
});
