'use strict';

const { addReports, awayReasons } = require('./report');
const { share } = require('./print');

/** Compares the runs under the door with those under stock, test by test. */
function judgeSuite(stock, door, exceptions) {
  const passing = passedEveryTime(stock);
  const result = {
    tests: stock[0].outcomes.size,
    stock: passing.length,
    stockFails: [...stock[0].outcomes.keys()].filter((name) => stock.some((run) => run.outcomes.get(name)?.outcome === 'fail')),
    ended: [...stock, ...(door ?? [])].every((run) => run.ended),
    // Per run, so that runs of different number compare.
    requests: mean(stock.map((run) => run.requests)),
    passed: 0,
    unexpected: [],
    explained: [],
    engine: null,
    away: [],
  };
  // A suite that says nothing has not been run.
  if (result.tests === 0) result.unexpected.push({ name: '(no test ran)', error: stock[0].output.slice(-2000) });
  if (!door) return result;

  const same = new Set(passedEveryTime(door));
  for (const name of passing) {
    if (same.has(name)) result.passed += 1;
    else if (name in exceptions) result.explained.push({ name, why: exceptions[name] });
    else result.unexpected.push({ name, error: failureOf(door, name) });
  }
  const reports = door.map((run) => run.report).filter(Boolean);
  const sum = addReports(reports);
  // Stock does not count what leaves HTTP as a request.
  const { upgrade = 0, connect = 0 } = sum.migrated;
  result.engine = (sum.requests - upgrade - connect) / door.length;
  result.migrated = sum.migrated;
  result.fallback = sum.fallback;
  result.away = awayReasons(sum);
  return result;
}

function passedEveryTime(runs) {
  return [...runs[0].outcomes.keys()].filter((name) => runs.every((run) => run.outcomes.get(name)?.outcome === 'pass'));
}

function failureOf(runs, name) {
  for (const { outcomes, output } of runs) {
    const test = outcomes.get(name);
    if (!test) return `not run; the end of the output: ${output.slice(-500)}`;
    if (test.outcome !== 'pass') return test.error ?? test.outcome;
  }
  return '';
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** One suite, for a reader at a terminal. */
function printSuite(title, result) {
  const out = [title];
  out.push(`  stock passes ${result.stock} of ${result.tests} tests every time; ${Math.round(result.requests)} requests over plain sockets${result.ended ? '' : '; A RUN DID NOT COME TO ITS END'}`);
  for (const name of result.stockFails) out.push(`    fails under stock: ${name}`);
  if (result.engine !== null) {
    out.push(`  the door passes ${share(result.passed, result.stock)}; ${share(Math.round(result.engine), Math.round(result.requests))} requests on the engine`);
    for (const reason of result.away) out.push(`    away from the engine: ${reason}`);
    for (const { name, why } of result.explained) out.push(`    different, as the table explains: ${name}: ${why}`);
  }
  for (const { name, error } of result.unexpected) out.push(`    DIFFERENT: ${name}\n      ${String(error).split('\n').slice(0, 3).join('\n      ')}`);
  process.stdout.write(`${out.join('\n')}\n`);
}

module.exports = { judgeSuite, printSuite };
