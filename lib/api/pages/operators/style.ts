/** How the operators' pages and the page of the API look: one file, that of no other host. */
import { PICTURE_STYLE } from '../../../explain/page.js';
import { asset } from '../html.js';

const STYLE = `
:root {
  color-scheme: light; --ink: #16202b; --soft: #4c5a68; --edge: #c9d2da; --ground: #f3f5f7; --paper: #fff; --accent: #0b5a8a;
  --bad: #a8200d; --good: #11643a; --line: #6b7480; --caller: #1d4ed8; --refused: #a8200d; --ok: #11643a; --focus: #ffbf1f;
}
*, *::before, *::after { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.wrap { max-width: 80rem; margin: 0 auto; padding: 0 1rem; }
.top { background: var(--ink); color: #fff; }
.top .wrap { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding-top: .5rem; padding-bottom: .5rem; }
.top a, .top button { color: #fff; } .top strong { font-size: 1.125rem; } .top .who { margin-left: auto; }
a { color: var(--accent); text-underline-offset: .15em; } :focus-visible { outline: .1875rem solid var(--ink); box-shadow: 0 0 0 .375rem var(--focus); }
main.wrap { padding-top: 1.5rem; padding-bottom: 2rem; }
h1 { font-size: 1.375rem; line-height: 1.3; margin: 0 0 1rem; } h2 { font-size: 1.125rem; margin: 1.75rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
.card { background: var(--paper); border: 1px solid var(--edge); border-radius: .5rem; padding: 1rem 1.25rem; margin: 0 0 1.25rem; }

.card > :first-child { margin-top: 0; } .card > :last-child { margin-bottom: 0; } .scroll + .scroll { margin-top: 1rem; }
.narrow { max-width: 28rem; } .soft { color: var(--soft); } .wrong { color: var(--bad); font-weight: 600; }
label { display: block; font-weight: 600; margin: 0 0 .25rem; }
input[type=text], input[type=password] { font: inherit; width: 100%; max-width: 28rem; padding: .5rem; border: 1px solid var(--line); border-radius: .25rem; }
button { font: inherit; padding: .5rem 1rem; border: 1px solid var(--accent); background: var(--accent); color: #fff; border-radius: .25rem; cursor: pointer; }
.plain { background: none; border: 0; text-decoration: underline; padding: .25rem; }
.field { margin: 0 0 1rem; } .inline { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; } .inline .field { margin: 0; flex: 1 1 16rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: 0 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .375rem .75rem .375rem 0; border-bottom: 1px solid var(--edge); } th { white-space: nowrap; }
code, pre { font: .9375em ui-monospace, SFMono-Regular, Menlo, monospace; } pre { overflow-x: auto; background: var(--ground); padding: .75rem; border-radius: .25rem; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; } .path { font-weight: 600; overflow-wrap: anywhere; }
ol.phones li { margin: 0 0 .25rem; } .links { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; margin: 0 0 1rem; }
${PICTURE_STYLE}
.time, .note { fill: var(--soft); }
`;

export const STYLESHEET = asset('/operators', 'style.css', 'text/css; charset=utf-8', STYLE);

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#16202b"/>' +
  '<path d="M6 16h5m5 0h10" stroke="#fff" stroke-width="2"/><circle cx="12" cy="16" r="4" fill="#fff"/></svg>';

export const ICON_IMAGE = asset('/operators', 'icon.svg', 'image/svg+xml', ICON);
