'use strict';
// Interim answers and expectations: 100, 102, 103, 417.

const { say, visible, head, get, last, post, serve, open, ask, show, pause, codeOf, follow } = require('./_lib');

const expecting = (value = '100-continue', ...lines) => head('POST', '/', `Expect: ${value}`, 'Content-Length: 3', ...lines);
const CLOSE = 'Connection: close';
const echo = (req, res) => { let text = ''; req.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => res.end(text)); };

// Waits for 100 before it sends the content.
async function patient(server, headOctets = expecting('100-continue', CLOSE)) {
  const client = await open(server);
  await client.write(headOctets).until('\r\n\r\n');
  say(visible(client.text));
  client.write('abc');
  say(visible((await client.all()).slice(client.text.indexOf('\r\n\r\n') + 4)));
}

Object.assign(exports, {
  async 'Expect: 100-continue without a listener'() {
    const server = await serve(echo);
    await patient(server);
    await patient(server, expecting('100-Continue', CLOSE));
    server.close();
  },

  async 'the content comes along with the head'() {
    const server = await serve(echo);
    await show(server, expecting() + 'abc' + last('/2'));
    server.close();
  },

  async 'checkContinue that goes on'() {
    const server = await serve(() => say('request'));
    server.on('checkContinue', (req, res) => { say(req.headers.expect, res.headersSent); res.writeContinue(); echo(req, res); });
    await patient(server);
    server.close();
  },

  async 'checkContinue that refuses'() {
    const server = await serve(() => say('request'));
    server.on('checkContinue', (req, res) => { res.statusCode = 413; res.end('no'); });
    const client = await open(server);
    await client.write(expecting()).until('no');
    client.write('abc' + last('/2')); // Sent all the same: it is still the content.
    server.on('request', (req, res) => res.end(req.url));
    say(visible(await client.all()));
    server.close();
  },

  async 'checkContinue that hands it to request'() {
    const server = await serve(echo);
    server.on('checkContinue', (req, res) => { res.writeContinue(() => say('sent')); server.emit('request', req, res); });
    await patient(server);
    server.close();
  },

  async 'an expectation nobody knows'() {
    const server = await serve(() => say('request'));
    await show(server, expecting('200-ok', CLOSE) + 'abc');
    await show(server, get('/', 'Expect: x') + last('/2', 'Expect: y'));
    server.close();
  },

  async 'checkExpectation'() {
    const server = await serve(() => say('request'));
    server.on('checkExpectation', (req, res) => { say(req.headers.expect); req.resume(); res.end('fine'); });
    await show(server, expecting('200-ok', CLOSE) + 'abc');
    server.close();
  },

  async 'Expect in HTTP/1.0'() {
    const server = await serve(echo);
    server.on('checkContinue', () => say('checkContinue'));
    await show(server, 'POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc');
    server.close();
  },

  async 'writeContinue without being asked'() {
    const server = await serve((req, res) => { res.writeContinue(); res.end('x'); });
    await show(server, last());
    server.close();
  },

  async 'writeProcessing'() {
    const server = await serve((req, res) => { res.writeProcessing(); res.writeProcessing(() => say('sent')); res.end('x'); });
    await show(server, last());
    server.close();
  },

  async 'writeEarlyHints'() {
    const server = await serve((req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload; as=style', 'x-trace': 'one' });
      res.writeEarlyHints({ link: ['</b.css>; rel=preload', '</c.js>; rel=preload'] }, () => say('sent'));
      for (const hints of [{}, { link: 'nonsense' }, { link: [] }, null]) say(hints, codeOf(() => res.writeEarlyHints(hints)));
      res.end('x');
    });
    await show(server, last());
    server.close();
  },

  async 'writeInformation, where it exists'() {
    const server = await serve((req, res) => {
      say(codeOf(() => res.writeInformation(104, { 'x-progress': '1' })));
      res.end('x');
    });
    await show(server, last());
    server.close();
  },

  async 'interim answers for a later pipelined request'() {
    const server = await serve(async (req, res) => {
      if (req.url === '/1') await pause(20);
      res.writeProcessing();
      res.end(req.url);
    });
    await show(server, get('/1') + last('/2'));
    server.close();
  },

  async 'interim answers after the head'() {
    const server = await serve((req, res) => {
      res.writeHead(200);
      say(codeOf(() => res.writeProcessing()), codeOf(() => res.writeEarlyHints({ link: '</a>; rel=preload' })));
      res.end('x');
    });
    await show(server, last());
    server.close();
  },

  async 'the client does not wait and goes'() {
    const server = await serve((req, res) => { follow('req', req, 'aborted', 'close'); follow('res', res, 'close'); req.resume(); });
    const client = await open(server);
    await client.write(expecting()).until('100');
    client.reset();
    await client.all();
    server.close();
  },
});
