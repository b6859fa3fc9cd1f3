'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const express = require('express');

const requests = new AsyncLocalStorage();
const app = express();

app.use((req, res, next) => requests.run({ path: req.path }, next));
app.use(express.json());

app.get('/', (req, res) => res.send('hello'));
app.post('/echo', (req, res) => res.status(201).json(req.body));
app.get('/later', async (req, res) => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  res.json(requests.getStore());
});
app.get('/stream', (req, res) => {
  for (let part = 0; part < 3; part++) res.write(`part ${part}\n`);
  res.end();
});
app.get('/broken', () => { throw new Error('broken'); });
app.use((error, req, res, next) => {
  if (res.headersSent) next(error);
  else res.status(500).json({ error: error.message });
});

module.exports = app;
