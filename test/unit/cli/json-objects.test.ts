import { expect } from 'chai';
import fc from 'fast-check';
import { jsonObjects } from '../../../lib/cli/json-objects.js';

async function* cut(text: string, at: number): AsyncGenerator<string> {
  for (let i = 0; i < text.length; i += at) yield text.slice(i, i + at);
}

async function objects(text: string, at = text.length || 1): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of jsonObjects(cut(text, at))) found.push(JSON.parse(one));
  return found;
}

const failure = (text: string): Promise<string> =>
  objects(text).then(
    () => 'none',
    (thrown: unknown) => (thrown as Error).message,
  );

describe('A stream of JSON is cut into its objects', () => {
  it('an array, an array over many lines, or an object a line, however the chunks fall', async () => {
    const value = fc.dictionary(
      fc.string(),
      fc.oneof(fc.string(), fc.integer(), fc.array(fc.string()), fc.dictionary(fc.string(), fc.string())),
    );
    const forms = [
      (list: unknown[]) => JSON.stringify(list),
      (list: unknown[]) => JSON.stringify(list, undefined, 2),
      (list: unknown[]) => list.map((one) => `${JSON.stringify(one)}\n`).join(''),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(value), fc.integer({ min: 1, max: 50 }), async (list, at) => {
        const plain = JSON.parse(JSON.stringify(list)) as unknown[];
        for (const form of forms) expect(await objects(form(list), at)).to.deep.equal(plain);
      }),
    );
  });

  it('what is no object between them, and an end that is missing, are told', async () => {
    expect(await failure('[{"a":1}, 7]')).to.contain('"7" stands where an object must begin');
    expect(await failure('[{"a":1},{"b":')).to.contain('cut off');
    expect(await objects('')).to.deep.equal([]);
  });
});
