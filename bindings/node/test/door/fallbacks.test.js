'use strict';

// Where the engine does not serve: the program runs all the same, and the report says why.

const assert = require('assert');
const { test } = require('node:test');
const { REGISTER, hello, run } = require('./_lib');
const { SERVER } = require('../../lib/reasons');

const HELLO = 'hello /1\nclosed\n';

for (const [reason, how] of Object.entries({
  noAddon: { flags: ['--no-addons', '--require', REGISTER], program: hello(1) },
  insecureHTTPParser: { program: hello(1, '{ insecureHTTPParser: true }') },
  pauseOnConnect: { program: hello(1).replace('server.listen', 'server.pauseOnConnect = true; server.on("connection", (s) => s.resume());\nserver.listen') },
})) {
  test(`${reason}: ${SERVER[reason]}`, () => {
    const { stdout, stderr, report } = run(how.program, { flags: how.flags });
    assert.strictEqual(stdout, HELLO, stderr);
    assert.deepStrictEqual(report.map(({ requests, fallback }) => ({ requests, fallback })), [{ requests: 0, fallback: reason }]);
    assert.strictEqual((stderr.match(/NovaWarning/g) ?? []).length, reason === 'noAddon' ? 1 : 0);
  });
}

test('several servers without an addon: one warning', () => {
  const { stderr } = run(`${hello(1)}\nrequire('http').createServer().listen(0).close();`, { flags: ['--no-addons', '--require', REGISTER] });
  assert.strictEqual(stderr.match(/NovaWarning/g).length, 1);
});

test('a connection that upgrades is given to Node, and counted', () => {
  const { stdout, report } = run(`
const http = require('http');
const server = http.createServer();
server.on('upgrade', (req, socket, head) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: test\\r\\n\\r\\n' + head);
  socket.on('data', (data) => socket.end(data));
});
server.listen(0, () => {
  http.get({ port: server.address().port, headers: { Connection: 'Upgrade', Upgrade: 'test' } })
    .on('upgrade', (res, socket) => {
      socket.setEncoding('utf8').on('data', (text) => console.log(text)).on('end', () => server.close());
      socket.write('there and back');
    });
});`);
  assert.strictEqual(stdout, 'there and back\n');
  assert.deepStrictEqual(report.map(({ migrated }) => migrated), [{ upgrade: 1 }]);
});
