'use strict';

// Express 5: `express.js WORK --bind HOST:PORT`. `hello` is an application with one route, `json` has
// five common middlewares before a JSON route; `message`, `post` and `stream` are those of the field. `--prototypes` tells Node to make messages that already
// have the prototypes that Express will want.

const http = require('node:http');
const express = require('express');

const { HELLO, MESSAGE, counted, user } = require('./lib/answers');
const { stream } = require('./lib/handlers');
const { listen, options } = require('./lib/serve');

const applications = {
  hello() {
    const app = express();
    app.get(['/', '/articles/:id'], (req, res) => {
      res.type('text/plain').send(HELLO);
    });
    return app;
  },

  json() {
    const app = express();
    app.use(require('helmet')());
    app.use(require('cors')());
    app.use(require('compression')());
    app.use(require('cookie-parser')());
    app.use(express.json());
    app.get('/api/users', (req, res) => {
      res.json(user(req.query.id, req.get('user-agent'), req.get('accept-language')));
    });
    return app;
  },

  message() {
    const app = express();
    app.get('/json', (req, res) => {
      res.json(MESSAGE);
    });
    return app;
  },

  post() {
    const app = express();
    app.post('/post', express.raw({ type: '*/*', limit: '1mb' }), (req, res) => {
      res.type('text/plain').send(counted(req.body.length));
    });
    return app;
  },

  stream() {
    const app = express();
    app.get('/stream', stream);
    return app;
  },
};

// Node calls these with `new`; they are functions because Express builds its prototypes that way.
function prepared(app) {
  function Request(...parts) {
    Reflect.apply(http.IncomingMessage, this, parts);
  }
  function Response(...parts) {
    Reflect.apply(http.ServerResponse, this, parts);
  }
  Request.prototype = app.request;
  Response.prototype = app.response;
  return { IncomingMessage: Request, ServerResponse: Response };
}

const asked = options();
const app = applications[asked.work]();
listen(http.createServer(asked.prototypes ? prepared(app) : {}, app), asked);
