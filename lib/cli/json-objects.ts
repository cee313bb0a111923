/** Cuts a stream of JSON into its objects, whatever stands around them: an array, or one object a line. */

const isGap = (char: string): boolean => /[\s,[\]]/.test(char);

/** The text of each outermost object, as it comes. Throws SyntaxError where something else stands between them, or the end is missing. */
export async function* jsonObjects(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let object = '';
  let depth = 0;
  let inString = false;
  let escaped = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const char = chunk[i] as string;
      if (depth === 0) {
        if (char === '{') {
          depth = 1;
          from = i;
        } else if (!isGap(char)) throw new SyntaxError(`"${char}" stands where an object must begin`);
        continue;
      }
      if (inString) {
        if (escaped) escaped = false;
        else if (char === '\\') escaped = true;
        else if (char === '"') inString = false;
        continue;
      }
      if (char === '"') inString = true;
      else if (char === '{' || char === '[') depth += 1;
      else if (char === '}' || char === ']') depth -= 1;
      if (depth > 0) continue;
      yield object + chunk.slice(from, i + 1);
      object = '';
    }
    if (depth > 0) object += chunk.slice(from);
    if (object.length > LONGEST) throw new SyntaxError(`an object is longer than ${LONGEST} chars`);
  }
  if (depth > 0) throw new SyntaxError('the last object is cut off');
}

/** Far more than a group can be. */
const LONGEST = 1_000_000;
