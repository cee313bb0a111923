import type { Read, Refuse } from './check.js';
import { PAGES } from './pages.js';

/** Whoever names one of the two wants pages, and gets none. */
export function checkPages(read: Read, refuse: Refuse): void {
  const { shape } = PAGES;
  for (const baseUrl of read(shape.baseUrl, ['pages', 'baseUrl'])) {
    for (const secret of read(shape.secret, ['pages', 'secret'])) {
      if (baseUrl === undefined && secret !== undefined)
        refuse(['pages', 'baseUrl'], baseUrl, 'must be given with pages.secret, or there are no pages');
      if (baseUrl !== undefined && secret === undefined)
        refuse(['pages', 'secret'], secret, 'must be given with pages.baseUrl, or there are no pages');
    }
  }
  for (const idle of read(shape.idleMinutes, ['pages', 'idleMinutes'])) {
    for (const longest of read(shape.longestMinutes, ['pages', 'longestMinutes'])) {
      if (longest < idle) refuse(['pages', 'longestMinutes'], longest, `must be at least idleMinutes, ${idle}`);
    }
  }
}
