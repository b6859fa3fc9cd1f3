'use strict';

// The end of a request that nobody reads.
//
// Node's streams say in some six ticks that a request without content has ended, is closed, and may be
// thrown away. If nobody has touched the request, nobody hears any of it, and all that it comes to is the
// state that the stream has afterwards: it is set here, with the values that Node's own way leads to. In the
// tick in which the answer has left Node begins with it, and so do we; in the next one it is looked again,
// since who knows of the answer (its callbacks, ticks that wait behind it) may listen now. Whoever listens,
// reads, pipes or has changed a method gets Node's own way. (Node has the same shortcut for those who ask
// for it, `optimizeEmptyRequests`, which is visible to handlers.)

const { EventEmitter } = require('events');
const { IncomingMessage } = require('http');
const { Readable } = require('stream');

// Node's own, as they are before the program begins; what it makes of them later is its own.
const { emit } = EventEmitter.prototype;
const { push, read, resume, destroy } = Readable.prototype;
const { _destroy, _dump } = IncomingMessage.prototype;

// New versions of Node save a tick or two themselves.
const probe = new IncomingMessage();
// What comes of it later is not seen by whoever watches requests.
Object.assign(probe, { emit, push, read, resume, destroy, _destroy, _dump });
probe.complete = true;
probe.push(null);
/** Whether the end of the content is told in a tick. */
const TICKS = probe._readableState.emittedReadable;
probe._dump();
/** Whether content that nobody wants is read as a stream that flows. */
const FLOWS = probe._readableState.flowing;

/** Whether nobody has done anything with a request, beyond looking at it. */
function isUntouched(request, state, flowing) {
  return request._eventsCount === 0 && state.flowing === flowing && state.readingMore && !state.destroyed &&
    !state.resumeScheduled && state.length === 0 && request.emit === emit;
}

/** The request's content is at its end: what `push(null)` does. Whether it needed no more than this. */
function ended(request) {
  const state = request._readableState;
  if (!TICKS || !isUntouched(request, state, null) || state.ended || request.push !== push ||
      request.read !== read) return false;
  state.ended = true;
  return true;
}

/** Before Node hears that an answer has left: its request, if nobody listens to either. */
function begin(answer) {
  const { req: request } = answer;
  // One listener is Node's own.
  if (!answer.finished || answer._eventsCount !== 1 || typeof answer._events.finish !== 'function' ||
      !request || !request.complete || request._dumped) return undefined;
  const state = request._readableState;
  if (!isUntouched(request, state, null) || !state.ended || state.endEmitted || request.read !== read ||
      request.resume !== resume || request.destroy !== destroy || request._destroy !== _destroy ||
      request._dump !== _dump) return undefined;
  // What Node does now with a request that nobody has read is done already: it is neither read, nor does the
  // connection's parser wait for its end.
  request._dumped = true;
  const { parser } = request.socket;
  if (parser && parser.incoming === request) parser.incoming = null;
  return request;
}

/** After Node has heard it; `left`: this was the answer's end, and not a part of it. */
function goOn(request, left) {
  const state = request._readableState;
  if (left && isUntouched(request, state, null)) {
    state.flowing = FLOWS;
    process.nextTick(settleNT, request);
    return;
  }
  request._dumped = false;
  if (left) {
    request._dump();
    return;
  }
  const { parser } = request.socket;
  if (parser && parser.incoming === null) parser.incoming = request;
}

/** When Node's stream would go on to its end. */
function settleNT(request) {
  const state = request._readableState;
  if (!isUntouched(request, state, FLOWS)) {
    // Somebody has come: what `resume` does in its tick.
    if (!state.reading) request.read(0);
    if (FLOWS) request.emit('resume');
    return;
  }
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}

module.exports = { begin, ended, goOn };
