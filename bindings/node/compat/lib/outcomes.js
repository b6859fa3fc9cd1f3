'use strict';

// The outcomes of a suite: a file with a line of JSON per test, written by the
// reporters beside this file, read by the program.

const fs = require('node:fs');

/** Returns `record(names, outcome, error)`, which appends to `file`. */
function recorder(file) {
  const seen = new Map();
  return (names, outcome, error) => {
    let name = names.join(' › ');
    // Suites repeat names; the second of a name is told by its number.
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    if (times > 1) name += ` #${times}`;
    fs.appendFileSync(file, `${JSON.stringify({ name, outcome, error })}\n`);
  };
}

/** The outcomes by name, and whether the suite came to its end. */
function readOutcomes(file) {
  const outcomes = new Map();
  let ended = false;
  if (fs.existsSync(file)) {
    for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const value = JSON.parse(line);
      if (value === 'end') ended = true;
      else outcomes.set(value.name, value);
    }
  }
  return { outcomes, ended };
}

module.exports = { recorder, readOutcomes };
