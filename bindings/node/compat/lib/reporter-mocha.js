'use strict';

// A reporter for mocha: appends a line of JSON per test to the file that
// NOVA_COMPAT_OUTCOMES names. Lines are written at once, so that what passed
// before a crash is known.

const fs = require('node:fs');
const { recorder } = require('./outcomes');

module.exports = class OutcomesReporter {
  constructor(runner) {
    const record = recorder(process.env.NOVA_COMPAT_OUTCOMES);
    runner.on('pass', (test) => record(test.titlePath(), 'pass'));
    runner.on('fail', (test, error) => record(test.titlePath(), 'fail', String(error && error.stack)));
    runner.on('pending', (test) => record(test.titlePath(), 'skip'));
    runner.once('end', () => fs.appendFileSync(process.env.NOVA_COMPAT_OUTCOMES, '"end"\n'));
  }
};
