'use strict';

const http = require('node:http');
const net = require('node:net');
const request = require('supertest');
const app = require('./app');

describe('an application that supertest makes a server of', () => {
  test('answers', () => request(app).get('/').expect(200, 'hello'));

  test('reads JSON', async () => {
    const sent = { name: 'nova', list: [1, 2, 3] };
    const answer = await request(app).post('/echo').send(sent).expect(201);
    expect(answer.body).toEqual(sent);
  });

  test('refuses what is no JSON', () =>
    request(app).post('/echo').set('Content-Type', 'application/json').send('{').expect(500));

  test('keeps its store over a timer', async () => {
    const answer = await request(app).get('/later').expect(200);
    expect(answer.body).toEqual({ path: '/later' });
  });

  test('streams', () => request(app).get('/stream').expect(200, 'part 0\npart 1\npart 2\n'));
  test('tells errors', () => request(app).get('/broken').expect(500, { error: 'broken' }));
  test('does not know everything', () => request(app).get('/nowhere').expect(404));

  test('has no content for HEAD', async () => {
    const answer = await request(app).head('/').expect(200);
    expect(answer.headers['content-length']).toBe('5');
    expect(answer.text).toBeUndefined();
  });
});

describe('a server of its own', () => {
  let server;
  beforeAll((done) => { server = http.createServer(app).listen(0, done); });
  afterAll((done) => { server.close(done); });

  test('is used again and again', async () => {
    for (let round = 0; round < 20; round++) await request(server).get('/').expect(200);
  });

  test('answers many at once, each with its own store', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => request(server).get('/later')));
    for (const { body } of answers) expect(body).toEqual({ path: '/later' });
  });

  test('gives sockets that are sockets', async () => {
    const seen = [];
    server.on('request', ({ socket }) => seen.push([socket, socket.remoteAddress]));
    await request(server).get('/').expect(200);
    const [[socket, address]] = seen;
    expect(socket).toBeInstanceOf(net.Socket);
    expect(address).toMatch(/127\.0\.0\.1$/);
  });
});
