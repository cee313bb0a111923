/** How the customer's pages look: one file for all of them, that of no other host. */
import { asset } from '../html.js';

const STYLE = `
:root {
  color-scheme: light;
  --ink: #16202b; --soft: #4c5a68; --line: #c9d2da; --paper: #fff; --ground: #f3f5f7;
  --accent: #0b5a8a; --accent-dark: #084468; --good: #11643a; --bad: #a8200d; --bad-ground: #fdf1ef; --focus: #ffbf1f;
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1.0625rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
.wrap { max-width: 46rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 .75rem; }
h3 { font-size: 1.0625rem; margin: 0 0 .25rem; }
p, ul, ol, dl { margin: 0 0 1rem; }
a { color: var(--accent); text-underline-offset: .15em; }
a:hover { color: var(--accent-dark); text-decoration-thickness: .15em; }
:focus-visible { outline: .1875rem solid var(--ink); outline-offset: .125rem; box-shadow: 0 0 0 .375rem var(--focus); border-radius: .125rem; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; display: block; padding: .5rem 1rem; background: var(--focus); color: var(--ink); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { background: var(--ink); color: #fff; }
.top .wrap { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; padding-top: .625rem; padding-bottom: .625rem; }
.brand { font-weight: 700; font-size: 1.125rem; display: flex; gap: .625rem; align-items: center; }
.brand img { width: 1.75rem; height: 1.75rem; }
.top a, .top button { color: #fff; }
.languages { display: flex; gap: .5rem; list-style: none; margin: 0; padding: 0; }
.languages li > * { display: inline-block; padding: .375rem .5rem; }
.languages [aria-current] { font-weight: 700; border-bottom: .1875rem solid #fff; }
.languages button { background: none; border: 0; font: inherit; text-decoration: underline; cursor: pointer; min-height: 0; width: auto; }
.languages button:hover { background: none; text-decoration-thickness: .15em; }

.nav { background: var(--paper); border-bottom: 1px solid var(--line); }
.nav ul { display: flex; flex-wrap: wrap; gap: 0 1.5rem; list-style: none; margin-top: 0; margin-bottom: 0; }
.nav a { display: block; padding: .75rem 0; text-decoration: none; border-bottom: .1875rem solid transparent; }
.nav a:hover { text-decoration: underline; }
.nav a[aria-current] { color: var(--ink); font-weight: 700; border-color: var(--accent); }

main.wrap { padding-top: 1.75rem; padding-bottom: 2.5rem; }
main:focus { outline: none; box-shadow: none; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: 1.125rem 1.25rem; margin: 0 0 1.25rem; }
.card > :last-child { margin-bottom: 0; }
.lead { font-size: 1.1875rem; color: var(--soft); }
.hint, .soft { color: var(--soft); }
.hint { display: block; font-size: .9375rem; margin-bottom: .375rem; }
.facts { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .25rem 1.25rem; }
dl.facts { margin-bottom: 1rem; } .facts dt { color: var(--soft); } .facts dd { margin: 0; font-weight: 600; }

.summary { border: .25rem solid var(--bad); background: var(--paper); border-radius: .5rem; padding: 1rem 1.25rem; margin: 0 0 1.5rem; }
.summary h2 { color: var(--bad); margin-bottom: .5rem; } .summary ul { margin: 0; padding-left: 1.25rem; }
.summary a { color: var(--bad); font-weight: 600; }
.notice { border: 1px solid var(--line); border-left: .375rem solid var(--accent); background: var(--paper); border-radius: .25rem; padding: .875rem 1.125rem; margin: 0 0 1.5rem; }
.notice.done { border-left-color: var(--good); } .notice.warn { border-left-color: #b25a00; }
.notice > :last-child { margin-bottom: 0; }
.notice h2 { margin-bottom: .25rem; }
.error { display: block; color: var(--bad); font-weight: 600; margin: .125rem 0 .25rem; }
.wrong { border-left: .25rem solid var(--bad); padding-left: .75rem; }

fieldset { border: 0; background: none; margin: 0 0 1.75rem; padding: 0; min-width: 0; }
legend { font-weight: 700; font-size: 1.1875rem; padding: 0; margin: 0 0 .375rem; }
label { display: inline-block; font-weight: 600; }
input[type=text], input[type=tel] { width: 100%; max-width: 20rem; font: inherit; padding: .5rem .625rem; border: .125rem solid var(--soft); border-radius: .25rem; background: #fff; color: inherit; min-height: 2.75rem; }
.wrong input[type=tel] { border-color: var(--bad); }
.choice { display: grid; grid-template-columns: 2rem 1fr; align-items: start; gap: 0 .5rem; padding: .375rem 0; }
.choice input { width: 1.5rem; height: 1.5rem; margin: .0625rem 0 0; accent-color: var(--accent); }
.choice label { font-weight: 400; padding: .0625rem 0; } .choice .hint { grid-column: 2; }
.row-of-choices { display: flex; flex-wrap: wrap; gap: 0 1.75rem; }

button, .button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1.25rem; border-radius: .25rem; border: .125rem solid var(--accent); background: var(--accent); color: #fff; cursor: pointer; text-decoration: none; display: inline-block; }
button:hover, .button:hover { background: var(--accent-dark); border-color: var(--accent-dark); color: #fff; }
button.plain, .button.plain { background: var(--paper); color: var(--accent); }
button.plain:hover, .button.plain:hover { background: #e8f1f7; color: var(--accent-dark); }
button.danger { background: var(--paper); border-color: var(--bad); color: var(--bad); }
button.danger:hover { background: var(--bad-ground); color: var(--bad); }
button.small { padding: .25rem .75rem; font-weight: 400; }
button.default { position: absolute; width: 1px; height: 1px; min-height: 0; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin-top: .5rem; }

.members { list-style: none; padding: 0; margin: 0 0 1rem; counter-reset: place; }
.members > li { counter-increment: place; display: grid; grid-template-columns: 2.25rem 1fr; gap: 0 .5rem; padding: .75rem 0; border-top: 1px solid var(--line); }
.members > li:last-child { border-bottom: 1px solid var(--line); }
.members > li::before { content: counter(place) "."; font-weight: 700; font-size: 1.1875rem; padding-top: .4375rem; }
.member { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: center; }
.member input { flex: 1 1 11rem; }
.member .actions { margin: 0; gap: .5rem; }

section > h2:first-child { margin-top: 0; } main > section + section:not(.card) { margin-top: 2rem; }
.calls { list-style: none; padding: 0; margin: 0 0 1.5rem; }
.calls > li { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: .875rem 1.125rem; margin: 0 0 .75rem; }
.calls p { margin-bottom: .375rem; } .calls ul { margin: 0; padding-left: 1.25rem; } .calls h3 { display: flex; flex-wrap: wrap; gap: .125rem .625rem; align-items: center; }
.offset { color: var(--soft); font-weight: 400; font-size: .875rem; }
details { margin: .25rem 0; } .card > details { margin-bottom: .75rem; } summary { color: var(--accent); cursor: pointer; padding: .25rem 0; } summary:hover { text-decoration: underline; }
.tag { display: inline-block; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .625rem; font-size: .875rem; font-weight: 600; }
.tag.good { color: var(--good); } .tag.bad { color: var(--bad); } .tag.soft { color: var(--soft); }
legend.small { font-size: 1.0625rem; } .card fieldset { margin-bottom: 0; } .card.apart { margin-top: 2.5rem; }
blockquote { margin: 0 0 .5rem; padding-left: .75rem; border-left: .1875rem solid var(--line); } .calls h2 { margin: 0 0 .125rem; }
.plainlist { list-style: none; padding: 0; } .plainlist > li { margin-bottom: .5rem; }

.foot { border-top: 1px solid var(--line); padding: 1rem 0 2.5rem; color: var(--soft); font-size: .9375rem; }
.foot form { margin-top: .5rem; }
@media (max-width: 32rem) {
  .languages { gap: 0; } .brand { font-size: 1rem; gap: .5rem; } .top .wrap { gap: .25rem .5rem; } .nav ul { gap: 0 1.125rem; }
  h1 { font-size: 1.4375rem; } .wrap { padding: 0 .875rem; } .card { padding: 1rem; }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .625rem; }
  form > .actions button { flex: 1 1 auto; }
}
@media print { .top, .nav, .foot form, button { display: none; } body { background: #fff; } }
`;

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5a8a"/>' +
  '<g fill="none" stroke="#fff" stroke-width="3"><circle cx="8" cy="16" r="3.5"/><circle cx="24" cy="8" r="3.5"/>' +
  '<circle cx="24" cy="24" r="3.5"/><path d="M11 14.5 21 9.5M24 11.5v9"/></g></svg>';

export const STYLESHEET = asset('/my', 'style.css', 'text/css; charset=utf-8', STYLE.trim());
export const ICON_IMAGE = asset('/my', 'icon.svg', 'image/svg+xml', ICON);
