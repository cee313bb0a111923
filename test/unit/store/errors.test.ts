import { expect } from 'chai';
import { fromRedis, undefinedWithoutGroup } from '../../../lib/store/errors.js';

const reply = (text: string): Error => Object.assign(new Error(text), { name: 'ReplyError' });

describe('What an error of Redis says of the Redis', () => {
  for (const [text, everywhere] of [
    ['BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.', true],
    ['BUSYGROUP Consumer Group name already exists', false],
    ['BUSYKEY Target key name already exists.', false],
    ["READONLY You can't write against a read only replica.", true],
    ["OOM command not allowed when used memory > 'maxmemory'.", true],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', false],
  ] as const) {
    const what = everywhere ? 'no other command would do better' : 'it concerns this command alone';
    it(`${text.split(' ', 1)[0]}: ${what}`, () => {
      expect(fromRedis(reply(text))).to.include({ code: 'STORE_UNAVAILABLE', everywhere, inDoubt: false });
    });
  }

  it('a refusal of ours concerns its command alone; no reply leaves open whether it was executed', () => {
    expect(fromRedis(reply('ERR VIRKNE CHAIN no'))).to.include({ code: 'STORE_REFUSED', everywhere: false });
    expect(fromRedis(new Error('Command timed out'))).to.include({ inDoubt: true, everywhere: true });
  });

  it('a refusal has its word as a value; nothing else has one, whatever its text is', () => {
    expect(fromRedis(reply('ERR VIRKNE VERSION it is at 3'))).to.include({ refusal: 'VERSION' });
    expect(undefinedWithoutGroup(fromRedis(reply('ERR VIRKNE GROUP there is no such group')))).to.equal(undefined);
    for (const text of ['ERR VIRKNE GROUPS no', 'ERR VIRKNE FAILED GROUP ', 'GROUP there is no such group']) {
      expect(() => undefinedWithoutGroup(fromRedis(reply(text))), text).to.throw();
    }
    expect(fromRedis(reply('ERR VIRKNE FAILED GROUP '))).to.include({ refusal: undefined });
  });
});
