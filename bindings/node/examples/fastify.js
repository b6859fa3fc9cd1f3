'use strict';

const path = require('node:path');
const { Readable } = require('node:stream');
const { setTimeout: sleep } = require('node:timers/promises');

const app = require('fastify')({ forceCloseConnections: 'idle' });

const users = new Map([['1', { id: '1', name: 'Ada' }]]);

app.register(require('@fastify/static'), {
  root: path.join(__dirname, 'public'),
  prefix: '/static/',
});

app.addHook('onRequest', async (request, reply) => {
  reply.header('X-Served-To', request.ip);
});

// Content of this type is not collected: the handler gets the stream.
app.addContentTypeParser('application/octet-stream', (request, payload, done) => done(null, payload));

app.get('/', async () => 'Hello World!');

const shape = { response: { 200: { type: 'object', additionalProperties: true } } };
app.get('/api/users/:id', { schema: shape }, async (request, reply) => {
  const user = users.get(request.params.id);
  if (!user) return reply.code(404).send({ error: 'no such user' });
  return { ...user, fields: request.query.fields, host: request.hostname };
});

const named = { body: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } } };
app.post('/api/users', { schema: named }, async (request, reply) => {
  const id = String(users.size + 1);
  users.set(id, { id, ...request.body });
  return reply.code(201).header('Location', `/api/users/${id}`).send(users.get(id));
});

app.get('/stream', async (request, reply) => {
  async function* lines() {
    for (const line of ['one\n', 'two\n', 'three\n', 'end\n']) {
      yield line;
      await sleep(5);
    }
  }
  return reply.type('text/plain').send(Readable.from(lines()));
});

app.post('/count', async (request) => {
  let octets = 0;
  for await (const piece of request.body) octets += piece.length;
  return { octets };
});

app.get('/download', async (request, reply) => reply.send(Buffer.alloc(300000)));

app.get('/throws', async () => {
  throw new Error('a handler that throws');
});
app.get('/fails', async () => {
  await sleep(1);
  throw Object.assign(new Error('no tea'), { statusCode: 418 });
});

app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' }).then((address) => {
  console.log(`listening on ${address}`);
});

process.on('SIGTERM', () => app.close());
