/** npm run build */
import { compile, orRefuse, prepare } from './prepare.mjs';

await orRefuse(() => prepare([], { build: false }));
process.exitCode = await compile();
