import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { explain } from '../../../lib/explain/explain.js';
import { toPage } from '../../../lib/explain/page.js';
import type { AttemptRecord } from '../../../lib/store/types.js';
import { recordOf } from '../../support/store.js';

const EVIL = `</title><script>alert(1)</script>"'&<img src=x onerror=alert(2)>\u0000\u0085\ud800`;

function page(member = '+37120000001', phrase = 'Request Terminated'): ReturnType<typeof toPage> {
  const record = recordOf('c');
  const [attempt] = record.attempts as readonly [AttemptRecord];
  const said = { status: 486, phrase, reason: phrase, warning: phrase };
  const attempts = [{ ...attempt, member, trunk: phrase, said }];
  const input = { record: { ...record, caller: phrase, attempts }, trace: null, now: 0, traceDays: 7 };
  return toPage(explain(input, { lang: 'lv', timeZone: 'Europe/Riga', numbers: 'whole' }));
}

describe('The page of an explanation', () => {
  it('what others wrote stands there as text, whatever it is', () => {
    for (const { html } of [page(EVIL), page('+37120000001', EVIL)]) {
      expect(html).to.not.match(/<script|<img|(?!\n)[\p{Cc}\p{Cs}]/u);
      expect(html).to.include('&lt;script&gt;');
      const attributes = [...html.matchAll(/ ([a-z-]+)="/g)].map(([, name]) => name as string);
      expect(attributes.filter((name) => name.startsWith('on'))).to.deep.equal([]);
    }
  });

  it('runs nothing, asks no other host, and may be framed by nobody: its policy allows its own style alone, by digest', () => {
    const { html, headers } = page();
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).to.equal(
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(html).to.not.match(/ style="|<link|<script|url\(|@import/);
    expect([...html.matchAll(/https?:\/\/[^"\s]+/g)].map(([uri]) => uri)).to.deep.equal(['http://www.w3.org/2000/svg']);
    expect(headers['cache-control']).to.equal('no-store');
  });

  it('a number and its unit stay in one line', () => {
    const { html } = page();
    expect(html)
      .to.match(/\d\u00a0s\b/)
      .and.not.match(/<(?:h1|li)>[^<]*\d s\b/);
  });

  it('every element is closed, and the picture has a line for each party and an arrow for each message', () => {
    const { html } = page();
    const open: string[] = [];
    for (const [, slash, name = '', , alone] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*?)(\/?)>/g)) {
      if (alone === '/' || name === 'meta') continue;
      if (slash === '/') expect(open.pop()).to.equal(name);
      else open.push(name);
    }
    expect(open).to.deep.equal([]);
    expect(html.match(/class="life"/g)).to.have.length(3);
    expect(html.match(/class="arrow"/g)).to.have.length(4);
    expect(html).to.include('lang="lv"').and.include('role="img"');
  });
});
