'use strict';

// Reads what the door reports of itself (`NOVA_REPORT=<file>`, a line of JSON
// per server at the exit of its process).

const fs = require('node:fs');

/** Every server of a run added up, or `null` if no server reported. */
function readReport(file) {
  let text;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
  const lines = text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return lines.length === 0 ? null : addReports(lines);
}

/** The sum of several reports: `{ servers, requests, migrated, fallback }`. */
function addReports(reports) {
  const sum = { servers: 0, requests: 0, migrated: {}, fallback: {} };
  for (const report of reports) {
    sum.servers += report.servers ?? 1;
    sum.requests += report.requests ?? 0;
    count(sum.migrated, report.migrated);
    // One server falls back for one reason; a sum has a number per reason.
    if (typeof report.fallback === 'string') count(sum.fallback, { [report.fallback]: 1 });
    else count(sum.fallback, report.fallback);
  }
  return sum;
}

function count(into, from) {
  for (const [reason, times] of Object.entries(from ?? {})) {
    into[reason] = (into[reason] ?? 0) + times;
  }
}

/** Why not every request was on the engine; empty if every one was. */
function awayReasons(report) {
  return [
    ...Object.keys(report.fallback).map((reason) => `fallback: ${reason}`),
    ...Object.keys(report.migrated).map((reason) => `migrated: ${reason}`),
  ].sort();
}

module.exports = { readReport, addReports, awayReasons };
