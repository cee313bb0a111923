/** Options that several commands have. */
import { Option } from 'commander';
import type { Numbers } from '../explain/names.js';

export const language = (): Option =>
  new Option('--lang <language>', 'the language of the sentences').choices(['en', 'lv']).default('en');

export const shownNumbers = (numbers: Numbers): Option =>
  new Option('--numbers <form>', 'how numbers are shown').choices(['short', 'whole']).default(numbers);
