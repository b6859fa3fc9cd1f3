'use strict';

// What both versions of Express are given: routes, a router, static files, streams and errors.

const { setTimeout: sleep } = require('node:timers/promises');
const path = require('node:path');

module.exports = function build(express) {
  const app = express();
  const users = new Map([['1', { id: '1', name: 'Ada' }]]);

  app.use((req, res, next) => {
    res.set('X-Served-To', req.ip);
    next();
  });
  app.use('/static', express.static(path.join(__dirname, 'public')));
  app.use(express.json());
  app.use(express.urlencoded({ extended: false }));

  app.get('/', (req, res) => {
    res.send('Hello World!');
  });

  const api = express.Router();
  api.get('/users/:id', (req, res) => {
    const user = users.get(req.params.id);
    if (!user) return res.status(404).json({ error: 'no such user' });
    return res.json({ ...user, fields: req.query.fields, base: req.baseUrl, host: req.hostname });
  });
  api.post('/users', (req, res) => {
    const id = String(users.size + 1);
    users.set(id, { id, ...req.body });
    res.status(201).location(`${req.baseUrl}/users/${id}`).json(users.get(id));
  });
  app.use('/api', api);

  app.post('/form', (req, res) => {
    res.cookie('seen', 'yes').cookie('name', req.body.name, { httpOnly: true });
    res.redirect(303, '/');
  });

  app.get('/stream', async (req, res) => {
    res.type('text/plain');
    for (const line of ['one\n', 'two\n', 'three\n']) {
      res.write(line);
      await sleep(5);
    }
    res.end('end\n');
  });

  app.post('/count', (req, res, next) => {
    let octets = 0;
    req.on('data', (piece) => { octets += piece.length; });
    req.on('end', () => res.json({ octets }));
    req.on('error', next);
  });

  app.get('/download', (req, res) => {
    res.attachment('zeros.bin').send(Buffer.alloc(300000));
  });

  app.get('/throws', () => {
    throw new Error('a handler that throws');
  });
  app.get('/fails', (req, res, next) => {
    sleep(1).then(() => next(Object.assign(new Error('no tea'), { status: 418 })));
  });
  app.use((error, req, res, next) => {
    if (res.headersSent) return next(error);
    return res.status(error.status || 500).json({ error: error.message });
  });

  return app;
};
