import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TortureMessage {
  /** `rfc4475/wsinv.dat` */
  readonly name: string;
  /** The exact bytes, as a binary string. */
  readonly text: string;
}

/** Tests run from the project root; compiled files stand elsewhere, the messages do not. */
const ROOT = join('test', 'torture');

/** Every message that lies in the folders, whether or not somebody expects something of it. */
export const loadTorture = (): TortureMessage[] =>
  ['rfc4475', 'rfc5118'].flatMap((rfc) =>
    readdirSync(join(ROOT, rfc))
      .sort()
      .map((file) => ({ name: `${rfc}/${file}`, text: readFileSync(join(ROOT, rfc, file), 'latin1') })),
  );
