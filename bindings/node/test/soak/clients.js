'use strict';

// The load: clients of which some leave within their content, some within their answer, some
// without a word; in a process of its own, which is told how many and when to stop.

const net = require('node:net');

const [port, connections] = process.argv.slice(2).map(Number);

const request = (method, target, more = '') => `${method} ${target} HTTP/1.1\r\nHost: soak\r\n${more}\r\n`;
const content = 'c'.repeat(20000);
const posted = (target, length) => request('POST', target, `Content-Length: ${length}\r\n`);

/** What a client does next: what it sends, how many answers it waits for, and how it leaves. */
const acts = [
  () => ({ sends: request('GET', '/hello'), answers: 1 }),
  () => ({ sends: request('GET', '/hello').repeat(8), answers: 8 }),
  () => ({ sends: posted('/json', 200) + content.slice(0, 200), answers: 1 }),
  () => ({ sends: posted('/count', 20000) + content, answers: 1 }),
  () => ({ sends: request('GET', '/wait').repeat(3), answers: 3 }),
  () => ({ sends: request('GET', '/page'), answers: 1 }),
  () => ({ sends: request('GET', '/stream'), answers: 1 }),
  () => ({ sends: request('GET', '/hello', 'Connection: close\r\n'), answers: 1, leaves: 'last' }),
  () => ({ sends: posted('/count', 20000) + content.slice(0, 9000), leaves: 'sent' }),
  () => ({ sends: posted('/json', 200), leaves: 'sent' }),
  () => ({ sends: request('GET', '/stream').repeat(2), leaves: 'first' }),
  () => ({ sends: request('GET', '/wait').repeat(4), leaves: 'sent' }),
  () => ({ sends: 'GET /hel', leaves: 'sent' }),
];

let stopping = false;
let open = 0;
const counts = { requests: 0, aborts: 0, connections: 0 };

/** A connection after the other, until it is told to stop. */
function client() {
  if (stopping) return;
  open += 1;
  counts.connections += 1;
  const socket = net.connect(port, '127.0.0.1');
  let act;
  let due = 0;
  const next = () => {
    if (stopping) return socket.destroy();
    act = acts[Math.floor(Math.random() * acts.length)]();
    due = act.answers ?? 0;
    socket.write(act.sends, () => {
      if (act.leaves === 'sent') setTimeout(leave, Math.random() * 3);
    });
  };
  const leave = () => {
    counts.aborts += 1;
    socket.resetAndDestroy();
  };
  socket.on('connect', next);
  socket.on('data', (octets) => {
    if (act.leaves === 'first') return leave();
    for (let at = octets.indexOf('HTTP/1.1 200'); at >= 0; at = octets.indexOf('HTTP/1.1 200', at + 1)) {
      due -= 1;
      counts.requests += 1;
    }
    // The rest of the last answer is not waited for: it comes before the next one.
    if (due === 0 && act.answers && act.leaves !== 'last') {
      act.answers = 0;
      setImmediate(next);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    open -= 1;
    setImmediate(client);
  });
}

for (let index = 0; index < connections; index += 1) client();

const timer = setInterval(() => process.send(counts), 1000);
process.on('message', () => {
  stopping = true;
  clearInterval(timer);
  setTimeout(() => process.exit(0), 1000);
});
