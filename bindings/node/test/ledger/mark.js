'use strict';

// What a request of the books is known by: see the crate `ledger`, whose content and receipts these
// are, octet for octet.

const zlib = require('node:zlib');

/** The field that carries the mark. */
const FIELD = 'ledger-mark';

/** A mark from its text, `number-tag`, the tag in sixteen hexadecimal digits. */
function parse(text) {
  const [, number, high, low] = /^(\d+)-([0-9a-f]{8})([0-9a-f]{8})$/.exec(text ?? '') ?? [];
  if (number === undefined) return null;
  return { text, number: Number(number), high: parseInt(high, 16), low: parseInt(low, 16) };
}

/** The upper half of the product of two numbers of 32 bits. */
function upper(a, b) {
  const ah = a >>> 16;
  const al = a & 0xffff;
  const bh = b >>> 16;
  const bl = b & 0xffff;
  // Neither sum leaves 32 bits.
  const middle = (Math.imul(ah, bl) >>> 0) + (Math.imul(al, bl) >>> 16) >>> 0;
  const cross = (Math.imul(al, bh) >>> 0) + (middle & 0xffff) >>> 0;
  return Math.imul(ah, bh) + (middle >>> 16) + (cross >>> 16) >>> 0;
}

/**
 * Content of `length` octets that belongs to this mark alone: its text, then splitmix64 from its tag.
 * JavaScript's numbers have no 64 bits, so there are halves.
 */
function content(mark, length) {
  const start = Buffer.from(`${mark.text}\n`, 'latin1');
  if (start.length >= length) return start;
  const words = new Uint32Array(Math.ceil((length - start.length) / 8) * 2);
  let { high, low } = mark;
  for (let at = 0; at < words.length; at += 2) {
    low += 0x7f4a7c15;
    high = (high + 0x9e3779b9 + (low > 0xffffffff ? 1 : 0)) >>> 0;
    low >>>= 0;
    // state ^ state >> 30, times 0xbf58476d1ce4e5b9
    let l = (low ^ (low >>> 30 | high << 2)) >>> 0;
    let h = (high ^ (high >>> 30)) >>> 0;
    h = (upper(l, 0x1ce4e5b9) + Math.imul(l, 0xbf58476d) + Math.imul(h, 0x1ce4e5b9)) >>> 0;
    l = Math.imul(l, 0x1ce4e5b9) >>> 0;
    // ^ >> 27, times 0x94d049bb133111eb
    l = (l ^ (l >>> 27 | h << 5)) >>> 0;
    h = (h ^ (h >>> 27)) >>> 0;
    h = (upper(l, 0x133111eb) + Math.imul(l, 0x94d049bb) + Math.imul(h, 0x133111eb)) >>> 0;
    l = Math.imul(l, 0x133111eb) >>> 0;
    // ^ >> 31
    words[at] = l ^ (l >>> 31 | h << 1);
    words[at + 1] = h ^ (h >>> 31);
  }
  // The order of octets is that of all machines that Node runs on but one.
  return Buffer.concat([start, Buffer.from(words.buffer)], length);
}

// zlib.crc32 came with 22.2 and 20.15.
const crc32 = zlib.crc32;

/** Content that is being read, piece by piece. */
class Reading {
  constructor() {
    this.sum = 0;
    this.length = 0;
  }

  update(piece) {
    this.sum = crc32(piece, this.sum);
    this.length += piece.length;
  }

  /** The receipt, which is the answer, or its beginning. */
  receipt(mark) {
    return `${mark.text} ${this.sum.toString(16).padStart(8, '0')} ${this.length}\n`;
  }
}

module.exports = { FIELD, parse, content, Reading };
