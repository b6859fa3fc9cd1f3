'use strict';

const path = require('node:path');
const { PassThrough } = require('node:stream');
const { setTimeout: sleep } = require('node:timers/promises');

const Koa = require('koa');
const bodyParser = require('koa-bodyparser');
const serve = require('koa-static');

const app = new Koa();
const users = new Map([['1', { id: '1', name: 'Ada' }]]);

app.on('error', () => {});

app.use(async (ctx, next) => {
  ctx.set('X-Served-To', ctx.ip);
  await next();
});

// koa-static serves from the root: what it does not have goes on.
app.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/static/')) return next();
  ctx.path = ctx.path.slice('/static'.length);
  return serve(path.join(__dirname, 'public'))(ctx, next);
});

app.use(async (ctx, next) => {
  if (ctx.path !== '/count') return next();
  let octets = 0;
  for await (const piece of ctx.req) octets += piece.length;
  ctx.body = { octets };
});

app.use(bodyParser());

const routes = {
  'GET /': (ctx) => { ctx.body = 'Hello World!'; },
  'POST /api/users': (ctx) => {
    const id = String(users.size + 1);
    users.set(id, { id, ...ctx.request.body });
    ctx.status = 201;
    ctx.set('Location', `/api/users/${id}`);
    ctx.body = users.get(id);
  },
  'POST /form': (ctx) => {
    ctx.cookies.set('seen', 'yes');
    ctx.cookies.set('name', ctx.request.body.name);
    ctx.status = 303;
    ctx.redirect('/');
  },
  'GET /stream': (ctx) => {
    const stream = new PassThrough();
    ctx.type = 'text/plain';
    ctx.body = stream;
    (async () => {
      for (const line of ['one\n', 'two\n', 'three\n']) {
        stream.write(line);
        await sleep(5);
      }
      stream.end('end\n');
    })();
  },
  'GET /download': (ctx) => { ctx.body = Buffer.alloc(300000); },
  'GET /throws': () => { throw new Error('a handler that throws'); },
  'GET /fails': async (ctx) => {
    await sleep(1);
    ctx.throw(418, 'no tea');
  },
};

app.use(async (ctx, next) => {
  const [, id] = /^\/api\/users\/(\d+)$/.exec(ctx.path) ?? [];
  if (!id) return next();
  const user = users.get(id);
  if (!user) ctx.throw(404, 'no such user');
  ctx.body = { ...user, fields: ctx.query.fields, host: ctx.hostname };
});

app.use(async (ctx) => {
  const method = ctx.method === 'HEAD' ? 'GET' : ctx.method;
  await routes[`${method} ${ctx.path}`]?.(ctx);
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on http://localhost:${server.address().port}`);
});

process.on('SIGTERM', () => server.close());
