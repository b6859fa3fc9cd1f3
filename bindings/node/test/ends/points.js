'use strict';

// The points of a turn at which a server may end. Each is given the message pair and the way.

const points = {
  'before-end': (req, res, end) => {
    end();
    res.end('too late');
  },
  'after-head': (req, res, end) => {
    res.writeHead(200, { 'Content-Length': 4 });
    end();
    res.end('late');
  },
  'after-flushed-head': (req, res, end) => {
    res.flushHeaders();
    end();
    res.end('late');
  },
  'between-write-and-end': (req, res, end) => {
    res.write('begun');
    end();
    res.end('late');
  },
  'after-end': (req, res, end) => {
    res.end('ended');
    end();
  },
  'after-large-end': (req, res, end) => {
    res.end(Buffer.alloc(200000, 'l'));
    end();
  },
  'tick-before-end': (req, res, end) => {
    process.nextTick(end);
  },
  'tick-after-end': (req, res, end) => {
    res.end('ended');
    process.nextTick(end);
  },
  'microtask-before-end': (req, res, end) => {
    queueMicrotask(end);
  },
  'microtask-after-end': (req, res, end) => {
    res.end('ended');
    queueMicrotask(end);
  },
  'rejection-after-end': (req, res, end) => {
    res.end('ended');
    Promise.resolve().then(end);
  },
  'after-await': async (req, res, end) => {
    await null;
    res.end('ended');
    end();
  },
  'immediate-before-end': (req, res, end) => {
    setImmediate(end);
  },
  'immediate-after-end': (req, res, end) => {
    res.end('ended');
    setImmediate(end);
  },
  'timer-after-end': (req, res, end) => {
    res.end('ended');
    setTimeout(end, 1);
  },
  'in-data': (req, res, end) => {
    req.on('data', end);
    req.on('end', () => res.end('too late'));
  },
  'in-data-after-end': (req, res, end) => {
    res.end('ended');
    req.on('data', end);
  },
  'in-content-end': (req, res, end) => {
    req.on('data', () => {});
    req.on('end', () => {
      res.end('ended');
      end();
    });
  },
  'in-iteration': async (req, res, end) => {
    for await (const piece of req) {
      res.write(piece);
      end();
    }
    res.end();
  },
  'in-finish': (req, res, end) => {
    res.on('finish', end);
    res.end('ended');
  },
  'in-close': (req, res, end) => {
    res.on('close', end);
    res.end('ended');
  },
  'in-request-close': (req, res, end) => {
    req.on('close', end);
    req.resume();
    res.end('ended');
  },
  'in-end-callback': (req, res, end) => {
    res.end('ended', end);
  },
  'in-write-callback': (req, res, end) => {
    res.write('begun', end);
  },
  'in-socket-close': (req, res, end) => {
    req.socket.on('close', end);
    res.setHeader('Connection', 'close');
    res.end('ended');
  },
  'after-destroy': (req, res, end) => {
    res.write('begun');
    res.destroy();
    end();
  },
};

module.exports = { points };
