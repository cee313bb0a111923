/** Part of the build: the whole library in one file, with the default catalogue, to be loaded by hand with redis-cli. */
import { writeFileSync } from 'node:fs';
import { DEFAULT_CATALOGUE, renderLibrary } from './library.js';

writeFileSync(new URL('virkne.lua', import.meta.url), renderLibrary(DEFAULT_CATALOGUE).text);
