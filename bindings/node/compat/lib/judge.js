'use strict';

const { awayReasons } = require('./report');

/**
 * What the runs of one version of Node say: how many files stock passes, how
 * many of them the door passes, where every request was on the engine, and
 * what of the rest the table of exceptions explains.
 */
function judge({ node, stock, door }, exceptions) {
  const major = Number(node.split('.')[0]);
  const verdict = {
    files: Object.keys(stock).length,
    stock: byOutcome(stock),
    passed: [],
    // Differences that the table explains, that it does not, and explanations
    // of differences that are no more.
    explained: [],
    unexpected: [],
    stale: [],
    // Where the requests went, of the files that the door passes.
    engine: [],
    away: [],
    silent: [],
  };
  for (const [name, result] of Object.entries(door ?? {})) {
    const why = explanation(exceptions[name], major);
    if (result.outcome === 'pass') {
      verdict.passed.push(name);
      if (why) verdict.stale.push(name);
    } else if (why) {
      verdict.explained.push({ name, why });
    } else {
      verdict.unexpected.push({ name, outcome: result.outcome, run: result.run, line: tellingLine(result.output) });
    }
    place(verdict, name, result);
  }
  return verdict;
}

/** On the engine, partly away from it (with the reasons), or not reported. */
function place(verdict, name, { report }) {
  if (!report) return verdict.silent.push(name);
  const reasons = awayReasons(report);
  return reasons.length === 0 ? verdict.engine.push(name) : verdict.away.push({ name, reasons, requests: report.requests });
}

function byOutcome(results) {
  const lists = { pass: [], unstable: [], fail: [], timeout: [], skip: [] };
  for (const [name, { outcome, run }] of Object.entries(results)) {
    const unstable = run > 1 && (outcome === 'fail' || outcome === 'timeout');
    lists[unstable ? 'unstable' : outcome].push(name);
  }
  return lists;
}

/** An exception holds for all versions or for those that it names. */
function explanation(entry, major) {
  if (!entry) return null;
  return !entry.versions || entry.versions.includes(major) ? entry.why : null;
}

/** The line of the output that says the most: the error, or else the last. */
function tellingLine(output) {
  const lines = output.split('\n').map((line) => line.trim()).filter(Boolean);
  const error = lines.find((line) => /^(\w*Error\b|node:internal.*assert|Mismatched|TypeError|FATAL|Uncaught)/.test(line));
  return (error ?? lines.at(-1) ?? '').slice(0, 200);
}

module.exports = { judge };
