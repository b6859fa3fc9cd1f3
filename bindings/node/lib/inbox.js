'use strict';

// In which order a server hears what a turn of its engine has brought, and what runs in between. The engine
// says in shared words what comes next; what there is to know beside that is taken from it.

const { KEEP, LINES, words, read } = require('./head');

/** Slots of connections are the lowest bits of their names: see the addon's `deliver.rs`. */
const SLOTS = 2 ** 20;

// The words of an inbox, as the addon's `queue.rs` has them.
const BEGUN = 0;
const HOLDS = 1;
const FIRST = 2;
const EACH = 4;
const OTHER = 0;
const KNOWN = 1;
const REQUEST = 2;
const CONTENT = 3;
const END = 4;
/** Events that are told in one go. */
const AT_ONCE = 256;

/** Runs ticks and microtasks: what Node does between two timers of one moment. */
const tick = undeprecated(process._tickCallback);

/** With `--pending-deprecation` it comes in a wrapper that warns, whose prototype it is. */
function undeprecated(call) {
  const inner = Object.getPrototypeOf(call);
  return inner === Function.prototype ? call : inner;
}

/** The inboxes of this thread's engines. */
const open = new Set();

// Answers that were ended before the process is left are delivered: none is held from here on.
process.prependListener('exit', sendAll);

function sendAll() {
  for (const inbox of open) inbox.holdNothing();
}

class Inbox {
  constructor(link) {
    this.link = link;
    this.words = new Uint32Array(FIRST + EACH * AT_ONCE);
    this.templates = [];
    /** Events that are being heard. */
    this.count = 0;
    /** Whether the process may end at any moment. */
    this.over = false;
  }

  open() { open.add(this); }

  close() { open.delete(this); }

  /**
   * What a turn of the engine has brought: `count` events. An exception is the end of one of them: for
   * those behind it we are called again.
   */
  all(count) {
    const { link } = this;
    try {
      this.each(count);
    } catch (error) {
      // Whoever answers for it now may be about to end the process.
      this.words[HOLDS] = 0;
      link.engine.thrown(error);
    }
    this.count = 0;
    if (link.leaving) link.leaveAfterAll();
  }

  /**
   * Events are in order, those of a connection one behind the other. Ticks run behind the last one of
   * each connection; Node itself runs those behind the last one of all.
   */
  each(count) {
    const { link, words: inbox } = this;
    const { engine } = link;
    this.count = count;
    let requests = 0;
    for (let i = 0, at = FIRST; i < count; i++, at += EACH) {
      inbox[BEGUN] = i + 1;
      const kind = inbox[at];
      const slot = inbox[at + 1];
      const generation = inbox[at + 2];
      const last = i + 1 === count;
      const goesOn = !last && inbox[at + EACH + 1] === slot && inbox[at + EACH + 2] === generation;
      if (kind === KNOWN || kind === REQUEST) {
        requests++;
        // Answers of a pipeline leave together, from its first one on.
        if (requests === 1) inbox[HOLDS] = goesOn && this.moreRequests(i + 1, count) && this.mayHold() ? 1 : 0;
        const head = kind === KNOWN ? this.templates[inbox[at + 3]] : this.takeHead();
        link.request(link.socketIn(slot, generation), head);
      } else if (kind === CONTENT) {
        link.content(link.socketIn(slot, generation), engine.take());
      } else if (kind === END) {
        link.end(link.socketIn(slot, generation));
      } else {
        link.resource.runInAsyncScope(engine.take, engine);
      }
      if (goesOn && kind !== CONTENT) continue;
      // Ticks have a say in a pipeline's answers, too.
      if (!last || requests > 1) tick();
      if (goesOn) continue;
      if (requests > 1) engine.sendHeld();
      inbox[HOLDS] = 0;
      requests = 0;
    }
  }

  /** Whether we would hear of the end of the process: a program may have removed our listener. */
  mayHold() {
    return !this.over && process.listeners('exit').includes(sendAll);
  }

  /** Whether a request is among the connection's events from the one at `index` on. */
  moreRequests(index, count) {
    const { words: inbox } = this;
    const at = FIRST + EACH * index;
    for (let next = at; index < count; index++, next += EACH) {
      if (inbox[next + 1] !== inbox[at + 1] || inbox[next + 2] !== inbox[at + 2]) return false;
      if (inbox[next] === KNOWN || inbox[next] === REQUEST) return true;
    }
    return false;
  }

  takeHead() {
    const text = this.link.engine.take();
    const keep = words[KEEP];
    const head = read(text, words, words[LINES], keep !== 0);
    if (keep !== 0) this.templates[keep - 1] = head;
    return head;
  }

  /** The process may end at any moment. */
  holdNothing() {
    this.over = true;
    this.words[HOLDS] = 0;
    this.link.engine.sendHeld();
  }

  /** Whether there may be connections that have come, and nobody has heard of. */
  awaits() {
    const { link, words: inbox } = this;
    for (let i = inbox[BEGUN], at = FIRST + EACH * i; i < this.count; i++, at += EACH) {
      const slot = inbox[at + 1];
      if (inbox[at] === OTHER && link.names[slot] !== inbox[at + 2] * SLOTS + slot) return true;
    }
    return false;
  }
}

module.exports = { Inbox, SLOTS };
