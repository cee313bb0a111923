import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CLOSED, PARTS, renderLibrary } from '../../../lib/store/functions/library.js';
import { CATALOGUE } from '../../support/defaults.js';

describe('The function library: several files, one text', () => {
  it('every file of the folder is joined, the head first', () => {
    const files = readdirSync('lib/store/functions').filter((name) => name.endsWith('.lua'));
    expect(PARTS.map((part) => `${part}.lua`)).to.have.members(files);
    expect(renderLibrary(CATALOGUE).text).to.match(/^#!lua name=virkne\n-- version \d+\n/);
  });

  it('has room for more names: Lua takes 200 outside of all functions and blocks, and 20 are left', () => {
    let names = 0;
    for (const part of PARTS.filter((one) => !CLOSED.has(one))) {
      const text = readFileSync(`lib/store/functions/${part}.lua`, 'utf8');
      for (const [, list = ''] of text.matchAll(/^local (?:function )?([\w, ]+)/gm)) names += list.split(',').length;
    }
    expect(names).to.be.within(100, 180);
  });

  it('the build leaves it in one file, to be loaded by hand: what a node with the default configuration loads', () => {
    execFileSync(process.execPath, ['dist/lib/setup/write-library.js']);
    const { text, version } = renderLibrary(CATALOGUE);
    expect(readFileSync('dist/lib/store/functions/virkne.lua', 'utf8')).to.equal(text);
    expect(text).to.contain(`local VERSION = '${version}'`);
  });

  it('image and package hold that file', () => {
    expect(readFileSync('docker/Dockerfile', 'utf8')).to.match(/tsc -p \. && node dist\/lib\/setup\/write-library\.js/);
    expect(JSON.parse(readFileSync('package.json', 'utf8')).files).to.include('dist/lib');
  });

  it('its catalogue is the configured one', () => {
    const { text } = renderLibrary({ ...CATALOGUE, rings: [15], maxMembers: 3, sipUriMembers: false });
    expect(text).to.contain("local RINGS = { '15' }").and.contain('MAX_MEMBERS = 3').and.contain('URI_MEMBERS = false');
  });
});
