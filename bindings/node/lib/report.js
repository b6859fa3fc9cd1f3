'use strict';

// NOVA_REPORT: at exit, what the engine has served, and what Node has. `1` prints it on stderr; a path
// gets a line of JSON for each server.

const fs = require('fs');
const { SERVER, CONNECTION_WORDS } = require('./reasons');

const where = process.env.NOVA_REPORT;
const entries = [];

function entryOf(server) {
  let entry = entries.find((known) => known.server === server);
  if (entry === undefined) {
    entry = { server, links: [], fallback: null, name: undefined };
    entries.push(entry);
    server.once('listening', () => { entry.name = nameOf(server); });
  }
  return entry;
}

function nameOf(server) {
  const address = server.address();
  if (address === null) return 'closed';
  return typeof address === 'string' ? address : `${address.address}:${address.port}`;
}

function served(server, link) {
  if (where) entryOf(server).links.push(link);
}

function fellBack(server, reason) {
  if (where) entryOf(server).fallback = reason;
}

function toJSON({ links, fallback, name }) {
  const migrated = {};
  let requests = 0;
  for (const link of links) {
    requests += link.engine.requests();
    for (const reason of Object.keys(link.migrated)) {
      migrated[reason] = (migrated[reason] || 0) + link.migrated[reason];
    }
  }
  return { server: name ?? 'never listened', requests, migrated, fallback };
}

function inWords({ server, requests, migrated, fallback }) {
  const lines = [`nova: ${server}: ${requests} requests by the engine`];
  for (const reason of Object.keys(migrated)) {
    lines.push(`nova: ${server}: ${migrated[reason]} connections to Node: ${CONNECTION_WORDS[reason] ?? reason}`);
  }
  if (fallback !== null) lines.push(`nova: ${server}: served by Node: ${SERVER[fallback]}`);
  return lines.join('\n');
}

if (where) {
  process.on('exit', () => {
    const all = entries.map(toJSON);
    if (all.length === 0) return;
    if (where === '1') fs.writeSync(2, `${all.map(inWords).join('\n')}\n`);
    else fs.appendFileSync(where, `${all.map((entry) => JSON.stringify(entry)).join('\n')}\n`);
  });
}

module.exports = { fellBack, served };
