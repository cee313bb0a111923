/** Part of the build: the whole library in one file, with the default catalogue, to be loaded by hand with redis-cli. */
import { writeFileSync } from 'node:fs';
import { loadConfig } from '../config/load.js';
import { renderLibrary } from '../store/functions/library.js';

writeFileSync(new URL('../store/functions/virkne.lua', import.meta.url), renderLibrary(loadConfig({}).catalogue).text);
