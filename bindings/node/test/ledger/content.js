'use strict';

// Content, read in every way that Node has, with the store looked at in each piece.

const { once } = require('node:events');
const { Writable } = require('node:stream');
const { finished, pipeline } = require('node:stream/promises');

const { Reading } = require('./mark');
const { notAnothers } = require('./store');

/** Reads by listeners; calls `done` at the end, and never if there is none. */
function byListeners({ req, mark, books }, done) {
  const reading = new Reading();
  req.on('data', (piece) => {
    notAnothers(books, mark, 'data');
    reading.update(piece);
  });
  req.on('end', () => {
    notAnothers(books, mark, 'end');
    books.read(mark);
    done(reading);
  });
}

async function byIteration({ req, mark, books }) {
  const reading = new Reading();
  for await (const piece of req) reading.update(piece);
  books.read(mark);
  return reading;
}

/** Into a stream that takes its time, so that the request is paused and resumed. */
async function byPipe({ req, mark, books }) {
  const reading = new Reading();
  const sink = new Writable({
    highWaterMark: 4096,
    write(piece, encoding, done) {
      reading.update(piece);
      setImmediate(done);
    },
  });
  if (mark.low % 2) {
    await pipeline(req, sink);
  } else {
    req.pipe(sink);
    req.once('close', () => { if (!req.readableEnded) sink.destroy(); });
    await finished(sink);
  }
  books.read(mark);
  return reading;
}

/** Not at once, and then as much as there is, by `read`. */
async function afterAPause({ req, mark, books }) {
  const reading = new Reading();
  req.pause();
  await new Promise((resolve) => { setTimeout(resolve, mark.low % 3); });
  const ended = once(req, 'end');
  req.on('readable', () => {
    notAnothers(books, mark, 'readable');
    for (let piece = req.read(); piece !== null; piece = req.read()) reading.update(piece);
  });
  await Promise.race([ended, once(req, 'close').then(() => { if (!req.readableEnded) throw new Error('closed'); })]);
  books.read(mark);
  return reading;
}

module.exports = { byListeners, byIteration, byPipe, afterAPause };
