'use strict';

// The server's half of the books of one round: which handlers ran, what they have read to its end,
// and whether any of them has seen the store of another request.

/** Octets of an entry: the tag, how often it ran, how often it was read. */
const ENTRY = 10;

class Books {
  constructor() {
    this.entries = Buffer.alloc(1 << 20);
    this.end = 0;
    /** What happened how often, for whoever reads the sums. */
    this.counts = {};
    /** What must not have happened. */
    this.faults = {};
  }

  count(name) {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }

  fault(name) {
    this.faults[name] = (this.faults[name] ?? 0) + 1;
  }

  ran(mark) {
    this.enter(mark, 8);
  }

  read(mark) {
    this.enter(mark, 9);
  }

  enter(mark, what) {
    const at = mark.number * ENTRY;
    if (at + ENTRY > this.entries.length) {
      const larger = Buffer.alloc(Math.max(this.entries.length * 2, at + ENTRY));
      this.entries.copy(larger);
      this.entries = larger;
    }
    this.end = Math.max(this.end, at + ENTRY);
    const empty = this.entries[at + 8] === 0 && this.entries[at + 9] === 0;
    if (empty) {
      this.entries.writeUInt32BE(mark.high, at);
      this.entries.writeUInt32BE(mark.low, at + 4);
    } else if (this.entries.readUInt32BE(at) !== mark.high
      || this.entries.readUInt32BE(at + 4) !== mark.low) {
      this.fault('two tags with one number');
    }
    if (this.entries[at + what] < 255) this.entries[at + what] += 1;
  }

  /** All of it, as the driver wants it. */
  written() {
    const line = JSON.stringify({ counts: this.counts, faults: this.faults });
    return Buffer.concat([Buffer.from(`${line}\n`), this.entries.subarray(0, this.end)]);
  }
}

module.exports = { Books };
