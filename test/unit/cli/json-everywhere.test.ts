import { expect } from 'chai';
import { virkne } from '../../support/command.js';

/** Every command that does something by itself, as its words. */
async function commandsBelow(path: readonly string[]): Promise<string[]> {
  const { code, out } = await virkne({}, ...path, '--help');
  expect(code, path.join(' ')).to.equal(0);
  const list = out.split('\nCommands:\n')[1];
  if (list === undefined) return [path.join(' ')];
  const found: string[] = [];
  for (const [, name = ''] of list.matchAll(/^ {2}([a-z-]+)(?= |$)/gm))
    if (name !== 'help') found.push(...(await commandsBelow([...path, name])));
  return found;
}

describe('The command virkne, all of its commands', () => {
  it('each says what it does and takes --json', async () => {
    const commands = await commandsBelow([]);
    expect(commands).to.include.members(['serve', 'calls', 'group show', 'subject erase', 'consent acl', 'interest']);
    const without: string[] = [];
    for (const command of commands) {
      const { out } = await virkne({}, ...command.split(' '), '--help');
      if (!out.includes('  --json')) without.push(command);
    }
    expect(without).to.deep.equal([]);
  });
});
