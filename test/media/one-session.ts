import { expect } from 'chai';

const originOf = (sdp: string): { readonly session: string; readonly version: bigint } => {
  const [user, id, version, ...where] = (/^o=(.*)$/m.exec(sdp)?.[1] ?? '').trim().split(' ');
  return { session: [user, id, ...where].join(' '), version: BigInt(version ?? 0) };
};

/** RFC 3264 §8: `o=` is the same but for the version, which is higher by one. */
export function expectOneSession(before: string, after: string): void {
  const [one, other] = [originOf(before), originOf(after)];
  expect(other.session).to.equal(one.session);
  expect(other.version).to.equal(one.version + 1n);
}
