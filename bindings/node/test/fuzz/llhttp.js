'use strict';

// Says what the llhttp of this Node reads: `src/llhttp.rs` asks, by pipes, for many inputs at a time.
//
// Asked, in numbers of 32 bits, little endian: how many inputs, and for each `maxHeaderSize`, how many
// pieces, then each piece: its length and its octets. Answered: the length of the answer, then for each
// input what was read, one kind after the other (`src/reading.rs`); strings and contents are lengths
// and octets.

const fs = require('node:fs');
const { HTTPParser } = require('_http_common');
// llhttp's own numbers; the list that programs see is another one. Wants --expose-internals.
const { allMethods } = require('internal/test/binding').internalBinding('http_parser');

const KIND = { head: 1, content: 2, trailers: 3, end: 4, fault: 5, left: 6, unfinished: 7, over: 8 };
const FLAG = { keepAlive: 1, upgrade: 2 };
const NO_LENIENCY = HTTPParser.kLenientNone | 0;
const CONNECT = allMethods.indexOf('CONNECT');

let out = Buffer.allocUnsafe(1 << 20);
let end = 0;

function room(octets) {
  if (end + octets <= out.length) return;
  const larger = Buffer.allocUnsafe(2 * (end + octets));
  out.copy(larger, 0, 0, end);
  out = larger;
}

function number(value) {
  room(4);
  end = out.writeUInt32LE(value, end);
}

/** Node makes a character of each octet. */
function text(string) {
  number(string.length);
  room(string.length);
  end += out.latin1Write(string, end);
}

function lines(pairs) {
  number(pairs.length / 2);
  for (const part of pairs) text(part);
}

const parser = new HTTPParser();
// What lines llhttp has given away before its head, or its trailer section, was complete.
let early = [];
let url = '';
let inHead = true;
// The method of a head that wants to leave HTTP, and of one that has: nothing behind it is read.
let wants = -1;
let leaves = -1;
let persists = true;

const calls = {
  kOnMessageBegin() {
    early = [];
    url = '';
    inHead = true;
  },
  kOnHeaders(pairs, more) {
    early.push(...pairs);
    if (inHead) url += more;
  },
  // The arguments are (major, minor, pairs, method, url, …, upgrade, keepAlive).
  kOnHeadersComplete(major, minor, pairs, code, target, status, reason, upgrade, keepAlive) {
    number(KIND.head);
    number((keepAlive ? FLAG.keepAlive : 0) | (upgrade ? FLAG.upgrade : 0));
    number(10 * major + minor);
    text(allMethods[code]);
    text(pairs === undefined ? url : target);
    lines(pairs === undefined ? early : pairs);
    early = [];
    inHead = false;
    wants = upgrade ? code : -1;
    persists = keepAlive;
    // As Node does where nobody listens to the event: content is read before it leaves.
    return 0;
  },
  kOnBody(content) {
    number(KIND.content);
    number(content.length);
    room(content.length);
    end += content.copy(out, end);
  },
  kOnMessageComplete() {
    if (early.length !== 0) {
      number(KIND.trailers);
      lines(early);
      early = [];
    }
    number(KIND.end);
    leaves = wants;
  },
};

function begin(maxHeaderSize) {
  leaves = -1;
  parser.maxHeaderPairs = 4000;
  parser.initialize(HTTPParser.REQUEST, {}, maxHeaderSize, NO_LENIENCY);
  for (const [name, call] of Object.entries(calls)) parser[HTTPParser[name] | 0] = call;
}

function fault(error) {
  number(KIND.fault);
  text(error.code);
}

/** Reads one input, which comes in these pieces. */
function read(maxHeaderSize, pieces) {
  let at = 0;
  begin(maxHeaderSize);
  for (const piece of pieces) {
    for (let rest = piece; rest.length !== 0;) {
      const done = parser.execute(rest);
      if (done instanceof Error) return fault(done);
      at += done;
      rest = rest.subarray(done);
      if (leaves === -1) break;
      if (leaves === CONNECT) {
        number(KIND.left);
        return number(at);
      }
      // Nobody wants the upgrade: what follows is the next request, if there is to be one.
      if (!persists) return number(KIND.over);
      begin(maxHeaderSize);
    }
  }
  const error = parser.finish();
  if (error instanceof Error) {
    number(KIND.unfinished);
    text(error.code);
  } else {
    number(KIND.over);
  }
}

/** Exactly so many octets; nothing at the end. */
function take(octets) {
  const buffer = Buffer.allocUnsafe(octets);
  for (let at = 0; at < octets;) {
    const came = fs.readSync(0, buffer, at, octets - at, null);
    if (came === 0) return undefined;
    at += came;
  }
  return buffer;
}

function serve() {
  for (;;) {
    const length = take(4);
    if (length === undefined) return;
    const asked = take(length.readUInt32LE(0));
    let at = 0;
    const next = () => asked.readUInt32LE((at += 4) - 4);
    end = 4;
    for (let inputs = next(); inputs > 0; inputs--) {
      const maxHeaderSize = next();
      const pieces = [];
      for (let count = next(); count > 0; count--) {
        const octets = next();
        pieces.push(asked.subarray(at, at += octets));
      }
      read(maxHeaderSize, pieces);
    }
    out.writeUInt32LE(end - 4, 0);
    for (let sent = 0; sent < end;) sent += fs.writeSync(1, out, sent, end - sent);
  }
}

serve();
