/** A mocha reporter for lib/setup/test.mjs: the usual lines on the screen, and the numbers into a file. */
const { writeFileSync } = require('node:fs');
const { default: Mocha = require('mocha') } = require('mocha');

class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(options.reporterOptions.numbers, JSON.stringify({ passes, failures, pending }));
    });
  }
}

module.exports = Reporter;
