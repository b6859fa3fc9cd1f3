'use strict';

/** One version of Node, for a reader at a terminal. */
function printResult({ node, refused, times, door, verdict }) {
  const out = [];
  const { stock } = verdict;
  out.push(`Node ${node}: ${verdict.files} files concern the server, ${refused.length} more are left out`);
  out.push(`stock passes ${stock.pass.length} (${times} times each); skipped by themselves ${stock.skip.length}`);
  list(out, 'not passed by stock', [...stock.fail, ...stock.timeout]);
  list(out, 'not passed by stock every time', stock.unstable);
  if (door) {
    const all = stock.pass.length;
    out.push(`the door passes ${share(verdict.passed.length, all)}`);
    list(out, 'different, and not explained', verdict.unexpected.map(({ name, outcome, run, line }) => `${name}: ${outcome} (run ${run}) ${line}`));
    list(out, 'different, as the table explains', verdict.explained.map(({ name, why }) => `${name}: ${why}`));
    list(out, 'explained, yet the same', verdict.stale);
    const reporting = verdict.engine.length + verdict.away.length;
    out.push(`every request on the engine in ${share(verdict.engine.length, reporting)} of the files whose servers listened; no report from ${verdict.silent.length}`);
    list(out, 'requests away from the engine', verdict.away.map(({ name, reasons }) => `${name}: ${reasons.join(', ')}`));
  }
  process.stdout.write(`${out.join('\n')}\n`);
}

function share(part, all) {
  const percent = all === 0 ? '' : ` (${((100 * part) / all).toFixed(1)} %)`;
  return `${part} of ${all}${percent}`;
}

function list(out, title, lines) {
  if (lines.length === 0) return;
  out.push(`${title}: ${lines.length}`, ...lines.map((line) => `  ${line}`));
}

module.exports = { printResult, share };
