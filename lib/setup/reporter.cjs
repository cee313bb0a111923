/** A mocha reporter for lib/setup/test.mjs: the usual lines on the screen; the numbers and the tests that passed into a file. */
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');
const { default: Mocha = require('mocha') } = require('mocha');

class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const passed = [];
    runner.on('pass', (test) => passed.push({ file: sourceOf(test.file), title: test.fullTitle() }));
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(options.reporterOptions.numbers, JSON.stringify({ passes, failures, pending, passed }));
    });
  }
}

/** `flow/engine/callee.test.ts` for dist/test/flow/engine/callee.test.js: as test/README.md names it. */
const sourceOf = (file) => relative('dist/test', file).replace(/\.js$/, '.ts');

module.exports = Reporter;
