/** What a run leaves behind: files in test/bench/out/, which git does not keep. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const OUT = fileURLToPath(new URL('../../../test/bench/out/', import.meta.url));

export const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** One line on what the figures were measured on. */
function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${new Date().toISOString().slice(0, 10)} · ${cpus().length} × ${cpu?.model.trim() ?? 'CPU'} · ${memory} GiB · Linux ${release()} · Node ${process.versions.node}`;
}

export interface Report {
  /** Beginning of the file names. */
  readonly name: string;
  /** Markdown. */
  readonly text: string;
  /** As measured. */
  readonly raw: unknown;
}

/** Prints the text and writes NAME.md and NAME.json. */
export function publish({ name, text, raw }: Report): void {
  mkdirSync(OUT, { recursive: true });
  const whole = `${machine()}\n\n${text}\n`;
  const files = [`${name}.md`, `${name}.json`];
  writeFileSync(join(OUT, `${name}.md`), whole);
  writeFileSync(join(OUT, `${name}.json`), JSON.stringify({ machine: machine(), results: raw }, null, 1));
  say(`\n${whole}\n→ ${files.map((file) => relative(process.cwd(), join(OUT, file))).join(', ')}`);
}
