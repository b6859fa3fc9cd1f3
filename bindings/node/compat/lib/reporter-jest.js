'use strict';

// A reporter for Jest: appends a line of JSON per test to the file that
// NOVA_COMPAT_OUTCOMES names.

const fs = require('node:fs');
const { recorder } = require('./outcomes');

module.exports = class OutcomesReporter {
  constructor() {
    this.record = recorder(process.env.NOVA_COMPAT_OUTCOMES);
  }

  onTestResult(test, { testResults, testExecError }) {
    for (const { ancestorTitles, title, status, failureMessages } of testResults) {
      const outcome = { passed: 'pass', failed: 'fail' }[status] ?? 'skip';
      this.record([...ancestorTitles, title], outcome, failureMessages[0]);
    }
    if (testExecError) this.record([test.path], 'fail', String(testExecError.stack ?? testExecError.message));
  }

  onRunComplete() {
    fs.appendFileSync(process.env.NOVA_COMPAT_OUTCOMES, '"end"\n');
  }
};
