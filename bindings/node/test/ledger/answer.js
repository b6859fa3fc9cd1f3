'use strict';

// Answers: a receipt, and as many octets of the mark's own content as were asked for.

const { once } = require('node:events');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');

const { content } = require('./mark');
const { own, isAnothers } = require('./store');

/** What is to be sent. */
function whole({ mark, fill }, receipt) {
  const line = Buffer.from(receipt, 'latin1');
  return fill > 0 ? Buffer.concat([line, content(mark, fill)]) : line;
}

/** All at once, as text where it is text. */
function atOnce(entry, reading) {
  if (entry.awaited) entry.books.count('awaited');
  const receipt = reading.receipt(own(entry.books, entry.mark));
  if (entry.fill === 0 && entry.mark.low % 2) entry.res.end(receipt);
  else entry.res.end(whole(entry, receipt));
}

/** In pieces: length promised or not. */
function* pieces(entry, reading) {
  const octets = whole(entry, reading.receipt(own(entry.books, entry.mark)));
  if (entry.mark.low % 2) entry.res.setHeader('Content-Length', octets.length);
  const step = 1000 + entry.mark.low % 60000;
  for (let at = 0; at < octets.length; at += step) yield octets.subarray(at, at + step);
}

/** Written as there is room. */
async function byWriting(entry, reading) {
  entry.books.count('awaited');
  const { res, books, mark } = entry;
  let waited = false;
  for (const piece of pieces(entry, reading)) {
    if (res.destroyed) return;
    if (res.write(piece)) continue;
    if (!waited) books.count('back_pressure');
    waited = true;
    if (!await room(entry)) return;
    own(books, mark);
  }
  res.end();
}

/** Waits for room; `false` if the client has left. */
async function room({ res, req, books, mark }) {
  const stop = new AbortController();
  const { signal } = stop;
  const gone = () => stop.abort();
  // A response that waits behind another one is told nothing when the connection ends.
  res.once('close', gone);
  req.socket.once('close', gone);
  try {
    await once(res, 'drain', { signal });
    return true;
  } catch {
    books.count('left_while_waiting_for_room');
    return false;
  } finally {
    res.off('close', gone);
    req.socket.off('close', gone);
  }
}

/** Piped from a stream. */
async function byPipe(entry, reading) {
  entry.books.count('awaited');
  await pipeline(Readable.from(pieces(entry, reading)), entry.res);
}

/**
 * Looks at what becomes of it. The store is no fault there: Node itself tells an answer that waited
 * behind another one of its end where that other one ended.
 */
function watch({ res, mark, books }) {
  res.on('finish', () => {
    if (isAnothers(mark)) books.count("another's store in finish");
  });
  res.on('close', () => {
    if (isAnothers(mark)) books.count("another's store in close");
    if (!res.writableFinished) books.count('left_before_the_answer_was_sent');
  });
}

module.exports = { atOnce, byWriting, byPipe, watch };
