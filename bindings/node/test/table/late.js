'use strict';
// Who comes late: listeners to a request that are added when its answer has been ended.

const http = require('node:http');
const stream = require('node:stream');
const events = require('node:events');
const { say, visible, get, last, serve, show, open, pause, follow } = require('./_lib');

function states(name, req) {
  say(name, req.destroyed, req.closed, req.readable, req.readableEnded, req.readableFlowing, req.complete, req.aborted,
    req.readableDidRead, req.readableAborted, req.errored, stream.isErrored(req), stream.isReadable(req), stream.isDisturbed(req));
}

// Does something with a request at these moments of its answer.
function at(chosen, what) {
  return async () => {
    for (const moment of chosen) {
      say(moment);
      const server = await serve((req, res) => moments[moment](req, res, () => what(req, res)));
      const client = await open(server);
      await client.write(get('/1')).until('\r\n\r\n');
      await pause(5);
      say(visible(await client.write(last('/2')).all()));
      server.close();
    }
  };
}

const moments = {
  'in a tick before end': (req, res, then) => { process.nextTick(then); res.end('x'); },
  'in a tick behind end': (req, res, then) => { res.end('x'); process.nextTick(then); },
  'in a microtask': (req, res, then) => { res.end('x'); queueMicrotask(then); },
  'in an immediate': (req, res, then) => { res.end('x'); setImmediate(then); },
  'in finish': (req, res, then) => { res.on('finish', then); res.end('x'); },
  'in the callback of end': (req, res, then) => { res.end('x', then); },
  'in the callback of write': (req, res, then) => { res.write('y', then); res.end('x'); },
  'in close of the answer': (req, res, then) => { res.on('close', then); res.end('x'); },
  'in a tick without an answer': (req, res, then) => { process.nextTick(then); setTimeout(() => res.end('x'), 40); },
  'in a microtask without an answer': (req, res, then) => { queueMicrotask(then); setTimeout(() => res.end('x'), 40); },
  'in an immediate without an answer': (req, res, then) => { setImmediate(then); setTimeout(() => res.end('x'), 40); },
};

const deeds = {
  'listen to end and close': (req) => follow(`${req.url} req`, req, 'end', 'close'),
  'listen to readable': (req) => { follow(`${req.url} req`, req, 'end', 'close', 'error'); req.on('readable', () => say(req.url, 'readable', req.read())); },
  'listen to data': (req) => follow(`${req.url} req`, req, 'data', 'end', 'close'),
  'resume': (req) => { follow(`${req.url} req`, req, 'resume', 'end', 'close'); req.resume(); },
  'stream.finished': (req) => stream.finished(req, (error) => say(req.url, 'finished', error && error.code)),
  'stream.finished of the answer': (req, res) => stream.finished(res, (error) => say(req.url, 'finished', error && error.code)),
  'once close': (req) => { events.once(req, 'close').then(() => say(req.url, 'close')); },
  'once end': (req) => { events.once(req, 'end').then(() => say(req.url, 'end')); },
  'for await': async (req) => { try { for await (const part of req) say(req.url, part); say(req.url, 'over'); } catch (error) { say(req.url, error.code, error.message); } },
  'pipeline': (req) => stream.pipeline(req, new stream.PassThrough().resume(), (error) => say(req.url, 'piped', error && error.code)),
  'look at it': (req) => { states(req.url, req); queueMicrotask(() => states(req.url, req)); setImmediate(() => states(req.url, req)); },
  'destroy': (req) => { follow(`${req.url} req`, req, 'end', 'close', 'error'); req.destroy(); states(req.url, req); },
  'signal': (req) => { const { signal } = req; say(req.url, signal && signal.aborted); if (signal) signal.addEventListener('abort', () => say(req.url, 'abort', String(signal.reason))); },
  'read': (req) => { follow(`${req.url} req`, req, 'end', 'close'); say(req.url, req.read()); },
  'pause': (req) => { follow(`${req.url} req`, req, 'pause', 'end', 'close'); req.pause(); say(req.isPaused()); },
  'setEncoding, pipe': (req) => { req.setEncoding('utf8'); req.pipe(new stream.PassThrough()).on('finish', () => say(req.url, 'piped')).resume(); },
  'push, unshift': (req) => { follow(`${req.url} req`, req, 'end', 'close', 'error'); say(req.push(null)); try { say(req.unshift('x')); } catch (error) { say(error.code); } },
};

// These come while a stream that nobody has touched would tell of its end, tick by tick.
const TELLING = {
  'listen to readable': [
    'in a tick before end', 'in a tick behind end', 'in finish', 'in the callback of end', 'in the callback of write',
    'in a tick without an answer',
  ],
  'resume': ['in a tick behind end'],
  'push, unshift': ['in a tick behind end'],
};

for (const [deed, what] of Object.entries(deeds)) {
  const telling = TELLING[deed] || [];
  exports[deed] = at(Object.keys(moments).filter((moment) => !telling.includes(moment)), what);
  if (telling.length > 0) exports[`${deed}, while its end is told`] = at(telling, what);
}

exports['listen to end and close two ticks behind end'] = async () => {
  const server = await serve((req, res) => {
    res.end('x');
    process.nextTick(() => process.nextTick(() => follow(`${req.url} req`, req, 'end', 'close')));
  });
  await show(server, last());
  server.close();
};

// Instruments change methods of all requests, before there is a server.
for (const method of ['emit', 'read', 'resume', 'push', '_dump', '_destroy']) {
  exports[`the program's own ${method} of all requests`] = async () => {
    const { prototype } = http.IncomingMessage;
    const nodes = prototype[method];
    prototype[method] = function watched(...given) {
      say(method, this.url, ...given.filter((one) => typeof one === 'string'));
      return nodes.apply(this, given);
    };
    const server = await serve((req, res) => res.end('x'));
    await show(server, get('/1') + last('/2'));
    server.close();
  };
}
