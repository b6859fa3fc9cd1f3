'use strict';

// The handlers, by the first segment of the path: soak/src/traffic/errand.rs has the same list.

const { setTimeout: sleep } = require('node:timers/promises');

const answer = require('./answer');
const read = require('./content');
const { Reading } = require('./mark');
const { storage } = require('./store');

const turns = [
  (call) => process.nextTick(call),
  (call) => queueMicrotask(call),
  (call) => setImmediate(call),
  (call) => setTimeout(call, 1),
];

/** Whether the request has content. */
function hasContent({ headers }) {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

const errands = {
  // Without content it is answered within the callback, and else in the listener of its end.
  whole(entry) {
    if (!hasContent(entry.req)) {
      entry.books.read(entry.mark);
      return answer.atOnce(entry, new Reading());
    }
    const store = storage.getStore();
    return read.byListeners(entry, (reading) => storage.run(store, answer.atOnce, entry, reading));
  },

  async awaited(entry) {
    const reading = await read.byIteration(entry);
    entry.awaited = true;
    if (entry.mark.low % 4 === 0) await sleep(1);
    answer.atOnce(entry, reading);
  },

  later(entry) {
    read.byListeners(entry, (reading) => {
      storage.run(entry.store, () => {
        turns[entry.mark.low % turns.length](() => answer.atOnce(entry, reading));
      });
    });
  },

  async flow(entry) {
    const reading = await read.byIteration(entry);
    if (entry.mark.low % 8 === 0) await sleep(1);
    await answer.byWriting(entry, reading);
  },

  async piped(entry) {
    const reading = await read.byPipe(entry);
    await answer.byPipe(entry, reading);
  },

  async paused(entry) {
    const reading = await read.afterAPause(entry);
    entry.awaited = true;
    answer.atOnce(entry, reading);
  },

  // The head goes out before the content was read.
  early(entry) {
    entry.res.writeHead(200, { 'Content-Type': 'text/plain' });
    if (entry.mark.low % 2) entry.res.flushHeaders();
    read.byListeners(entry, (reading) => storage.run(entry.store, answer.atOnce, entry, reading));
  },

  ignored(entry) {
    answer.atOnce(entry, new Reading());
  },

  async failing(entry) {
    const reading = await read.byIteration(entry);
    try {
      await Promise.reject(new Error('on purpose'));
    } catch {
      entry.awaited = true;
      entry.res.statusCode = 500;
      answer.atOnce(entry, reading);
    }
  },

  // Its store is that of `run`, within the one that was entered.
  run(entry) {
    storage.exit(() => storage.run(entry.store, async () => {
      const reading = await read.byIteration(entry);
      entry.awaited = true;
      answer.atOnce(entry, reading);
    }).catch(entry.gone));
  },

  destroyed({ req, res, mark }) {
    [() => req.destroy(), () => res.destroy(), () => req.socket.destroy()][mark.low % 3]();
  },
};

module.exports = { errands };
