'use strict';

// Messages of an Express application begin with its prototypes, where that is worth it. That nobody
// else sees it is for the table to tell (`table/application.js`).

const assert = require('assert');
const { test } = require('node:test');
const { run } = require('./_lib');

const PREDICTS = Number(process.versions.node.split('.')[0]) < 24;

/** Serves `listener`, asks four times, and says after each answer what `seen` was. */
const program = (listener, setUp = '') => `
const http = require('http');
const seen = [];
function application(name) {
  const app = (req, res) => app.handle(req, res);
  app.set = () => {};
  app.request = Object.create(http.IncomingMessage.prototype, { app: { value: name, writable: true } });
  app.response = Object.create(http.ServerResponse.prototype, { app: { value: name, writable: true } });
  app.handle = (req, res) => {
    seen.push(String(req.app) + ' ' + res.app);
    req.res = res;
    Object.setPrototypeOf(req, app.request);
    Object.setPrototypeOf(res, app.response);
    res.end();
  };
  return app;
}
${setUp}
const agent = new http.Agent({ keepAlive: true });
const server = http.createServer(${listener}).listen(0, () => ask(4));
function ask(left) {
  if (left === 0) { console.log(seen.join()); agent.destroy(); server.close(); return; }
  http.get({ port: server.address().port, agent }, (res) => res.resume().on('end', () => ask(left - 1)));
}`;
const NONE = 'undefined undefined';

test('what an application has made of one message, the next one begins with', () => {
  const { stdout, report } = run(program("application('a')"));
  assert.strictEqual(stdout, `${[NONE, ...Array(3).fill(PREDICTS ? 'a a' : NONE)].join()}\n`);
  assert.deepStrictEqual(report.map(({ requests }) => requests), [4]);
});

test('an application that changes its prototypes is followed', () => {
  const { stdout } = run(program('app', `
const app = application('a');
const { handle } = app;
app.handle = (req, res) => {
  handle(req, res);
  if (seen.length === 2) Object.assign(app, { request: application('b').request, response: application('b').response });
};`));
  assert.strictEqual(stdout, `${[NONE, ...(PREDICTS ? ['a a', NONE, 'b b'] : Array(3).fill(NONE))].join()}\n`);
});

test('a plain handler sees nothing', () => {
  const { stdout } = run(program("(req, res) => { seen.push(String('app' in req || 'json' in res)); res.end(); }"));
  assert.strictEqual(stdout, 'false,false,false,false\n');
});

test('without the door nothing is predicted', () => {
  const { stdout } = run(program("application('a')"), { flags: [] });
  assert.strictEqual(stdout, `${Array(4).fill(NONE).join()}\n`);
});
