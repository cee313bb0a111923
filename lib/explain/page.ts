/** An explanation as a page: the ladder as a picture, nothing that runs, nothing from elsewhere. Pure. */
import { createHash } from 'node:crypto';
import { type Explanation, LANGUAGES } from './explain.js';
import { drawLadder } from './picture.js';

interface Page {
  readonly html: string;
  /** What the page may do is said by its headers. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Of the picture, wherever it stands. */
export const PICTURE_STYLE = `.picture { overflow-x: auto; } svg { display: block; } svg text { font: 13px ui-monospace, monospace; fill: currentColor; }
.head { font-weight: 600; } .label { paint-order: stroke; stroke: Canvas; stroke-width: 4px; stroke-linejoin: round; } .life { stroke: var(--line); stroke-dasharray: 3 4; }
.arrow { stroke: var(--caller); } .tip { fill: var(--caller); }
.refusal .arrow { stroke: var(--refused); } .refusal .tip { fill: var(--refused); }
.success .arrow { stroke: var(--ok); } .success .tip { fill: var(--ok); }`;

const STYLE = `
:root { color-scheme: light dark; --line: #8a8f98; --caller: #2563eb; --refused: #b91c1c; --ok: #15803d; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
h1 { font-size: 1.25rem; } h2 { font-size: 1rem; margin-top: 2rem; }
${PICTURE_STYLE}
.note, .time { opacity: .75; } footer { margin-top: 2rem; font-size: .85rem; opacity: .75; }
`;

const digest = createHash('sha256').update(STYLE).digest('base64');

const HEADERS: Page['headers'] = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A number and its unit stay in one line. */
const together = (text: string): string => text.replace(/(\d) (?=(?:s|min|h)\b)/g, '$1\u00a0');

/** What others wrote, such as the phrase of a response, stands there as text; characters that no document may hold are replaced. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '').replace(UNPRINTABLE, '\ufffd');

const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Cs}\ufffe\uffff]/gu;

export function toPage(explanation: Explanation): Page {
  const { lang, headline, phones, trace, call } = explanation;
  const { names } = LANGUAGES[lang];
  const items = phones.map(({ sentence }) => `<li>${escaped(together(sentence))}</li>`).join('\n');
  const html = `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(names.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(together(headline))}</h1>
${phones.length === 0 ? '' : `<h2>${escaped(names.phones)}</h2>\n<ol>\n${items}\n</ol>`}
<h2>${escaped(names.ladder)}</h2>
<div class="picture">
${drawLadder(explanation, escaped)}
</div>
<p>${escaped(trace.sentence)}</p>
</main>
<footer>${escaped(call)}</footer>
</body>
</html>
`;
  return { html, headers: HEADERS };
}
