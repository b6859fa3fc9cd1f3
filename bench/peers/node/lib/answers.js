'use strict';

// What is answered, once for every server of this folder. `agreed/` and `workload/node/` of the
// instrument say the same in Rust, and the instrument verifies it before it measures.

const HELLO = 'Hello World';

// What is made JSON of for each request.
const MESSAGE = { message: HELLO };

// A period of 251 octets, as in `agreed/`: a piece that is lost, doubled or moved shows.
const PIECE = Buffer.alloc(64 * 1024);
for (let at = 0; at < PIECE.length; at++) PIECE[at] = at % 251;
const PIECES = 16;

// How long the handler of a burst keeps the thread.
const BUSY_MS = 1;

// The user whose number the query string names; `agent` and `language` are two fields of the request.
function user(id, agent, language) {
  return {
    id: Number(id),
    name: 'Ada Lovelace',
    admin: true,
    agent: agent ? agent.length : 0,
    language,
  };
}

function counted(octets) {
  return `${octets} octets`;
}

module.exports = { BUSY_MS, HELLO, MESSAGE, PIECE, PIECES, counted, user };
