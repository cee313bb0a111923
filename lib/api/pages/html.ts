/** From components to the text of a page. Pure. */
import { createHash } from 'node:crypto';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

/** No document may hold them, whoever wrote them. */
const UNPRINTABLE = /(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu;

export const htmlOf = (page: VNode): string =>
  `<!doctype html>\n${renderToString(page)}`.replace(UNPRINTABLE, '\ufffd');

/** What is loaded beside pages: its name has the digest of its content, so that it may lie in caches for ever. */
interface Asset {
  readonly path: string;
  readonly type: string;
  readonly content: string;
}

const DIGEST_CHARS = 16;

export function asset(folder: string, name: string, type: string, content: string): Asset {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, DIGEST_CHARS);
  return { path: `${folder}/${name.replace('.', `-${digest}.`)}`, type, content };
}
