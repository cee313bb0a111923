import { expect } from 'chai';
import { Routes } from '../../../lib/drachtio/routes.js';
import type { Owner } from '../../../lib/engine/api.js';
import { request } from './fake-engine.js';

const owner = (): Owner => ({ onRequest: () => {}, onResponse: () => {}, onUnsolicited: () => {} });
const invite = request('INVITE');

describe('Routes', () => {
  const a = owner();
  const b = owner();
  const c = owner();
  const named = new Map<Owner | undefined, string>([
    [a, 'a'],
    [b, 'b'],
    [c, 'c'],
    [undefined, '-'],
  ]);
  let routes: Routes;
  const chosen = (times: number, message = invite) =>
    Array.from({ length: times }, () => named.get(routes.choose(message))).join('');

  beforeEach(() => {
    routes = new Routes();
  });

  it('requests go round strictly among those who registered the method', () => {
    for (const each of [a, b, c]) routes.add(each, 'invite');
    expect(chosen(7)).to.equal('abcabca');
    expect(chosen(1, request('OPTIONS'))).to.equal('-');
  });

  it('each method has its own rotation', () => {
    for (const each of [a, b]) for (const verb of ['invite', 'options']) routes.add(each, verb);
    expect(chosen(1) + chosen(1, request('OPTIONS')) + chosen(1)).to.equal('aab');
  });

  it('registering again adds no weight', () => {
    for (const each of [a, a, b, a]) routes.add(each, 'invite');
    expect(chosen(4)).to.equal('abab');
  });

  it('upper-case verbs never match', () => {
    routes.add(a, 'INVITE');
    expect(chosen(1)).to.equal('-');
  });

  it('remove_route removes the named verb only', () => {
    routes.add(a, 'invite');
    routes.add(a, 'options');
    routes.remove(a, 'invite');
    expect(chosen(1) + chosen(1, request('OPTIONS'))).to.equal('-a');
  });

  it('when one leaves nobody is skipped', () => {
    for (const each of [a, b, c]) routes.add(each, 'invite');
    expect(chosen(2)).to.equal('ab');
    routes.removeAll(a);
    expect(chosen(3)).to.equal('cbc');
  });

  it('one who takes all takes part in every rotation', () => {
    routes.add(a, 'invite');
    routes.addAll(b);
    expect(chosen(3) + chosen(2, request('MESSAGE'))).to.equal('ababb');
    routes.add(c, 'message');
    expect(chosen(4, request('MESSAGE'))).to.equal('bcbc');
    routes.removeAll(b);
    expect(chosen(2) + chosen(1, request('OPTIONS'))).to.equal('aa-');
  });
});
