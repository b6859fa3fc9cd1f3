'use strict';

// What is said to each of the examples.

const { converse } = require('./plain');
const sockets = require('./sockets');

const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' };
const OCTETS_TYPE = { 'Content-Type': 'application/octet-stream' };

const PIECES = Array.from({ length: 20 }, (_, index) => Buffer.alloc(5000, index));

/** What every framework's example is asked. */
const requests = [
  { path: '/' },
  { path: '/', headers: { 'If-None-Match': '"nothing"', Accept: 'text/html' } },
  { method: 'HEAD', path: '/' },
  { path: '/api/users/1?fields=a&fields=b' },
  { path: '/api/users/9', status: 404 },
  { method: 'POST', path: '/api/users', headers: JSON_TYPE, content: '{"name":"Grace"}', status: 201 },
  { path: '/api/users/2' },
  { path: '/static/hello.txt' },
  { path: '/static/hello.txt', headers: { Range: 'bytes=0-4' }, status: 206 },
  { path: '/static/page.html' },
  { path: '/static/nothing', status: 404 },
  { path: '/stream' },
  { method: 'HEAD', path: '/stream' },
  { path: '/download' },
  { method: 'POST', path: '/count', headers: OCTETS_TYPE, pieces: PIECES },
  { path: '/throws', status: 500 },
  { path: '/fails', status: 418 },
  { path: '/nowhere', status: 404 },
  { method: 'DELETE', path: '/', status: 404 },
  { method: 'OPTIONS', path: '/', status: 404 },
  { path: '/', headers: { Connection: 'close' } },
  { path: '/' },
];

const form = {
  method: 'POST', path: '/form', headers: FORM_TYPE, content: 'name=Ada', status: 303,
};
const notJson = {
  method: 'POST', path: '/api/users', headers: JSON_TYPE, content: '{"name":', status: 400,
};

const burst = Array.from({ length: 64 }, (_, index) => ({ path: `/api/users/1?fields=${index}` }));

/** The common requests, some of them with other statuses, and some of the framework's own. */
function framework(name, { statuses = {}, more = [] } = {}) {
  const file = name === 'hono' ? 'hono.mjs' : `${name}.js`;
  const own = requests.map((request) => {
    const ranged = request.headers?.Range ? ' in part' : '';
    const status = statuses[`${request.method ?? 'GET'} ${request.path}${ranged}`];
    return status ? { ...request, status } : request;
  });
  return { name, file, talk: (port) => converse(port, [...own, ...more], burst) };
}

module.exports = [
  framework('express5', { statuses: { 'OPTIONS /': 200 }, more: [form, notJson] }),
  framework('express4', { statuses: { 'OPTIONS /': 200 }, more: [form, notJson] }),
  framework('fastify', { more: [notJson] }),
  framework('koa', { statuses: { 'GET /static/hello.txt in part': 200 }, more: [form, notJson] }),
  framework('hono', { more: [form] }),
  framework('nest', { more: [form, notJson] }),
  { name: 'ws', file: 'ws.js', talk: sockets.ws },
  { name: 'socket-io', file: 'socket-io.js', talk: sockets.socketIo },
];
