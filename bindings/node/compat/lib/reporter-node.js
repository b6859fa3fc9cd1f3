'use strict';

// A reporter for `node --test`: appends a line of JSON per test to the file
// that NOVA_COMPAT_OUTCOMES names. The name of a test is the path of its file
// below the working folder, its parents and itself.

const fs = require('node:fs');
const path = require('node:path');
const { recorder } = require('./outcomes');

module.exports = async function* outcomes(source) {
  const record = recorder(process.env.NOVA_COMPAT_OUTCOMES);
  // Tests end before their parents do; the events of a file come in the order
  // of declaration, a start before what is inside, so a stack knows the parents.
  const stack = [];
  for await (const { type, data } of source) {
    if (type !== 'test:start' && type !== 'test:pass' && type !== 'test:fail') continue;
    stack.length = data.nesting;
    stack[data.nesting] = data.name;
    if (type !== 'test:start') {
      const file = path.relative(process.cwd(), data.file ?? '');
      // A file is a test, too: it fails if its process does.
      const names = path.resolve(data.name) === data.file ? [file] : [file, ...stack];
      const skipped = data.skip !== undefined || data.todo !== undefined;
      const error = data.details?.error;
      record(names, type === 'test:fail' ? 'fail' : skipped ? 'skip' : 'pass', error && String(error.cause?.stack ?? error.stack));
    }
  }
  fs.appendFileSync(process.env.NOVA_COMPAT_OUTCOMES, '"end"\n');
};
