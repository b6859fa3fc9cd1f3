'use strict';

// Fastify with one JSON route and the schema of its answer, as its documents advise:
// `fastify.js json --bind HOST:PORT`.

const fastify = require('fastify');

const { user } = require('./lib/answers');
const { BACKLOG, endWhenAsked, options } = require('./lib/serve');

const schema = {
  response: {
    200: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        name: { type: 'string' },
        admin: { type: 'boolean' },
        agent: { type: 'integer' },
        language: { type: 'string' },
      },
    },
  },
};

const app = fastify();
app.get('/api/users', { schema }, (request, reply) => {
  const { headers, query } = request;
  reply.send(user(query.id, headers['user-agent'], headers['accept-language']));
});
const { host, port } = options();
endWhenAsked();
app.listen({ host, port, backlog: BACKLOG });
