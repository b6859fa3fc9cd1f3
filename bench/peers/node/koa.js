'use strict';

// Koa with one middleware that answers JSON: `koa.js json --bind HOST:PORT`.

const http = require('node:http');
const Koa = require('koa');

const { user } = require('./lib/answers');
const { listen, options } = require('./lib/serve');

const app = new Koa();
app.use(async (ctx) => {
  ctx.body = user(ctx.query.id, ctx.get('user-agent'), ctx.get('accept-language'));
});
listen(http.createServer(app.callback()), options());
