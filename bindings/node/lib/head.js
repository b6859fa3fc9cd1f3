'use strict';

// From a head's octets to what Node's `IncomingMessage` keeps: `rawHeaders`, and the `headers` that
// come of it if no field line repeats another (otherwise Node's own getter makes them).

const { methods } = require('./internals');

/** More names than programs and browsers use; names beyond are not remembered. */
const NAMES = 512;
// Words before the lines: see the addon's `deliver.rs`.
const FLAGS = 0;
const METHOD = 1;
const TARGET = 2;
const LINES = 4;
const KEEP = 5;
const ABOUT = 6;

// Shared with every engine of this thread: where field lines lie.
const words = new Uint32Array(ABOUT + 4 * 2000);

// Names as they were sent, with their lower-case forms.
const lowerCase = new Map();

function lower(name) {
  let lowered = lowerCase.get(name);
  if (lowered === undefined) {
    lowered = name.toLowerCase();
    if (lowerCase.size < NAMES) lowerCase.set(name, lowered);
  }
  return lowered;
}

/** A head that has been read once. */
class Head {
  constructor(flags, method, url, rawHeaders, headers) {
    this.flags = flags;
    this.method = method;
    this.url = url;
    this.rawHeaders = rawHeaders;
    this.headers = headers;
    // All of it: what is kept of it are parts of this string.
    this.text = '';
  }

  takeRaw() { return this.rawHeaders; }

  takeHeaders() { return this.headers; }
}

/** A head that comes again and again: everything that a program may change is copied. */
class Template extends Head {
  takeRaw() { return this.rawHeaders.slice(); }

  takeHeaders() { return this.headers === undefined ? undefined : { ...this.headers }; }
}

/**
 * Reads field lines out of `text`.
 * @param {string} text the section's octets
 * @param {Uint32Array} words where names and values lie
 * @param {number} count how many lines
 * @returns {string[]} names and values in turns
 */
function linesOf(text, words, count) {
  const raw = new Array(count * 2);
  for (let i = 0, at = ABOUT; i < count; i++, at += 4) {
    const name = words[at];
    const value = words[at + 2];
    raw[2 * i] = text.slice(name, name + words[at + 1]);
    raw[2 * i + 1] = text.slice(value, value + words[at + 3]);
  }
  return raw;
}

/** `headers` of lines, or undefined where Node's rules about repeated lines are needed. */
function headersOf(raw) {
  const headers = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = lower(raw[i]);
    if (headers[name] !== undefined || name === 'set-cookie' || name === '__proto__') {
      return undefined;
    }
    headers[name] = raw[i + 1];
  }
  return headers;
}

/** Reads a head; `template`: it will come again. */
function read(text, words, count, template) {
  const raw = linesOf(text, words, count);
  const method = text.slice(0, words[METHOD]);
  const url = text.slice(words[TARGET], words[TARGET] + words[TARGET + 1]);
  const Kind = template ? Template : Head;
  const head = new Kind(words[FLAGS], methods.get(method), url, raw, headersOf(raw));
  head.text = text;
  return head;
}

module.exports = { KEEP, LINES, linesOf, read, words };
