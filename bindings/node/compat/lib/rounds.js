'use strict';

const { pool } = require('./pool');
const { runFile } = require('./run-file');
const { addReports } = require('./report');

/**
 * Runs every file up to `times` times and stops at its first run that is not a
 * pass: one failure in three is a failure. Files of `sequential/` run alone,
 * as they demand.
 *
 * Resolves to a map from the name to
 * `{ outcome, run, output, report, seconds }`; `run` is the run that decided.
 */
async function rounds(names, { tests, times, lanes, progress, ...how }) {
  const results = new Map();
  const work = async (name, lane) => {
    const started = Date.now();
    const reports = [];
    let last;
    let run = 0;
    do {
      run += 1;
      last = await runFile({ ...how, file: `${tests}/${name}`, lane });
      if (last.report) reports.push(last.report);
    } while (last.outcome === 'pass' && run < times);
    const result = {
      outcome: last.outcome,
      run,
      output: last.outcome === 'pass' ? '' : last.output,
      report: reports.length > 0 ? addReports(reports) : null,
      seconds: (Date.now() - started) / 1000,
    };
    results.set(name, result);
    progress(name, result);
  };
  await pool(names.filter((name) => !name.startsWith('sequential/')), lanes, work);
  await pool(names.filter((name) => name.startsWith('sequential/')), 1, work);
  return results;
}

module.exports = { rounds };
