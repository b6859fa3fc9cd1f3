'use strict';

// The server of the ledger in JavaScript: handlers of every style behind one listener.
//
//   node test/ledger/server.js
//   cargo run --release -p soak -- ledger --external 127.0.0.1:PORT --requests 1000000

const http = require('node:http');

const { Books } = require('./books');
const { errands } = require('./errands');
const answer = require('./answer');
const { FIELD, parse } = require('./mark');
const { storage, atTheBegin } = require('./store');

/** Looks, in milliseconds, at whether everything has come to rest, and how many of them. */
const LOOK = 10;
const LOOKS = 4000;

let books = new Books();

const server = http.createServer({ keepAliveTimeout: 0 }, (req, res) => {
  if (req.url === '/books') return giveBooks(res);
  const round = books;
  atTheBegin(round);
  const [, name, fill] = req.url.split('/');
  const mark = parse(req.headers[FIELD]);
  const errand = errands[name];
  if (!mark || !errand) {
    round.fault('a request that nobody has sent');
    return res.writeHead(404).end();
  }
  round.ran(mark);
  round.count(`errand_${name}`);
  const store = { mark };
  storage.enterWith(store);
  const entry = { req, res, mark, store, books: round, fill: Number(fill), gone };
  answer.watch(entry);
  req.on('error', () => round.count('left_within_the_content'));
  res.on('error', () => {});
  // Whoever waits for content or room hears of it when the client leaves.
  function gone() {
    round.count('handlers_given_up');
    res.destroy();
  }
  return errand(entry)?.catch(gone);
});

// As Node itself does it, with what every answer should have.
server.on('clientError', (error, socket) => {
  books.count('client_errors');
  const begun = socket._httpMessage?.headersSent;
  if (error.code === 'ECONNRESET' || !socket.writable || begun) return socket.destroy();
  return socket.end('HTTP/1.1 400 Bad Request\r\n'
    + `Date: ${new Date().toUTCString()}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
});

/** Gives the books away when nobody but who asks for them is connected, and begins new ones. */
function giveBooks(res, looks = 0) {
  server.getConnections((error, count) => {
    if (count > 1 && looks < LOOKS) return setTimeout(giveBooks, LOOK, res, looks + 1);
    // What the last of them has left behind has its turn first.
    return setTimeout(() => {
      if (count > 1) books.fault(`${count - 1} connections that do not end`);
      const octets = books.written();
      books = new Books();
      res.end(octets);
    }, LOOK);
  });
}

server.listen(process.env.PORT ?? 0, '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});

process.on('SIGTERM', () => server.close());
