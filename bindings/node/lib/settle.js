'use strict';

// The end of a request that nobody reads.
//
// Node's streams say in some six ticks that a request without content has ended, is closed, and may be
// thrown away. If nobody has touched the request, nobody hears any of it, and all that it comes to is the
// state that the stream has afterwards: it is set here at once, with the values that Node's own way leads
// to, in two steps at the moments when Node begins with it. Whoever listens, reads, pipes or has changed a
// method gets Node's own way. (Node has the same shortcut for those who ask for it,
// `optimizeEmptyRequests`, which is visible to handlers; this one is not.)

const { IncomingMessage } = require('http');

const { emit, push, read, resume, destroy, _destroy, _dump } = IncomingMessage.prototype;

// New versions of Node save a tick or two themselves.
const probe = new IncomingMessage();
probe.complete = true;
probe.push(null);
/** Whether the end of the content is told in a tick. */
const TICKS = probe._readableState.emittedReadable;
probe._dump();
/** Whether content that nobody wants is read as a stream that flows. */
const FLOWS = probe._readableState.flowing;

/** Whether nobody has done anything with a request, beyond looking at it. */
function isUntouched(request, state) {
  return request._eventsCount === 0 && state.flowing === null && state.readingMore && !state.destroyed &&
    !state.resumeScheduled && state.length === 0 && request.emit === emit;
}

/** The request's content is at its end: what `push(null)` does. Whether it needed no more than this. */
function ended(request) {
  const state = request._readableState;
  if (!TICKS || !isUntouched(request, state) || state.ended || request.push !== push) return false;
  state.ended = true;
  return true;
}

/** The answer has left: what becomes of its request, if nobody listens to either. */
function answered(answer) {
  const { req: request } = answer;
  // One listener is Node's own.
  if (!answer.finished || answer._eventsCount !== 1 || !request || !request.complete || request._dumped) return;
  const state = request._readableState;
  if (!isUntouched(request, state) || !state.ended || state.endEmitted || request.read !== read ||
      request.resume !== resume || request.destroy !== destroy || request._destroy !== _destroy ||
      request._dump !== _dump) return;
  request._dumped = true;
  state.flowing = FLOWS;
  state.endEmitted = true;
  state.destroyed = true;
  state.closed = true;
  state.closeEmitted = true;
}

module.exports = { answered, ended };
