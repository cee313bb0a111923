import { expect } from 'chai';

/** Every end of a call empties every table. */
export function expectEmpty(tables: Readonly<Record<string, number>>, about = 'entries left behind'): void {
  const left = Object.entries(tables).filter(([, size]) => size !== 0);
  expect(Object.fromEntries(left), about).to.deep.equal({});
}
