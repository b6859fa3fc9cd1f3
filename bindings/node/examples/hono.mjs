import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { HTTPException } from 'hono/http-exception';
import { stream } from 'hono/streaming';

const app = new Hono();
const users = new Map([['1', { id: '1', name: 'Ada' }]]);

app.use('/static/*', serveStatic({
  root: './public',
  rewriteRequestPath: (path) => path.replace(/^\/static/, ''),
}));

app.get('/', (c) => c.text('Hello World!'));

app.get('/api/users/:id', (c) => {
  const user = users.get(c.req.param('id'));
  if (!user) return c.json({ error: 'no such user' }, 404);
  const host = new URL(c.req.url).hostname;
  return c.json({ ...user, fields: c.req.query('fields'), host });
});

app.post('/api/users', async (c) => {
  const id = String(users.size + 1);
  users.set(id, { id, ...(await c.req.json()) });
  return c.json(users.get(id), 201, { Location: `/api/users/${id}` });
});

app.post('/form', async (c) => {
  const form = await c.req.parseBody();
  setCookie(c, 'seen', 'yes');
  setCookie(c, 'name', form.name);
  return c.redirect('/', 303);
});

app.get('/stream', (c) => {
  c.header('Content-Type', 'text/plain');
  return stream(c, async (out) => {
    for (const line of ['one\n', 'two\n', 'three\n', 'end\n']) {
      await out.write(line);
      await sleep(5);
    }
  });
});

app.post('/count', async (c) => {
  let octets = 0;
  for await (const piece of c.req.raw.body) octets += piece.length;
  return c.json({ octets });
});

app.get('/download', () => new Response(new Uint8Array(300000)));

app.get('/throws', () => {
  throw new Error('a handler that throws');
});
app.get('/fails', async () => {
  await sleep(1);
  throw new HTTPException(418, { message: 'no tea' });
});
app.onError((error, c) => c.json({ error: error.message }, error.status ?? 500));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`listening on http://localhost:${port}`);
});

process.on('SIGTERM', () => server.close());
