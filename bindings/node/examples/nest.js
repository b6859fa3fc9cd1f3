'use strict';

// NestJS without TypeScript: decorators are functions that are called on the classes.

require('reflect-metadata');

const path = require('node:path');
const { Readable } = require('node:stream');
const { setTimeout: sleep } = require('node:timers/promises');

const {
  Body, Controller, Get, Header, HttpCode, HttpException, Injectable, Module, NotFoundException,
  Param, Post, Query, Redirect, Req, Res, StreamableFile,
} = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');

class Users {
  constructor() {
    this.all = new Map([['1', { id: '1', name: 'Ada' }]]);
  }

  find(id) {
    const user = this.all.get(id);
    if (!user) throw new NotFoundException('no such user');
    return user;
  }

  add(user) {
    const id = String(this.all.size + 1);
    this.all.set(id, { id, ...user });
    return this.all.get(id);
  }
}
Injectable()(Users);

class Hello {
  constructor(users) {
    this.users = users;
  }

  hello() {
    return 'Hello World!';
  }

  user(id, fields) {
    return { ...this.users.find(id), fields };
  }

  add(body, res) {
    const user = this.users.add(body);
    res.location(`/api/users/${user.id}`);
    return user;
  }

  form(body, res) {
    res.cookie('seen', 'yes').cookie('name', body.name);
  }

  stream() {
    async function* lines() {
      for (const line of ['one\n', 'two\n', 'three\n', 'end\n']) {
        yield line;
        await sleep(5);
      }
    }
    return new StreamableFile(Readable.from(lines()));
  }

  async count(req) {
    let octets = 0;
    for await (const piece of req) octets += piece.length;
    return { octets };
  }

  download() {
    return new StreamableFile(Buffer.alloc(300000));
  }

  throws() {
    throw new Error('a handler that throws');
  }

  async fails() {
    await sleep(1);
    throw new HttpException('no tea', 418);
  }
}
Controller()(Hello);
Reflect.defineMetadata('design:paramtypes', [Users], Hello);

/** A decorated method: what would stand above it and before its parameters. */
function route(name, decorators, parameters = []) {
  for (const decorate of decorators) {
    decorate(Hello.prototype, name, Object.getOwnPropertyDescriptor(Hello.prototype, name));
  }
  parameters.forEach((decorate, index) => decorate(Hello.prototype, name, index));
}
const answers = () => Res({ passthrough: true });
route('hello', [Get()]);
route('user', [Get('api/users/:id')], [Param('id'), Query('fields')]);
route('add', [Post('api/users')], [Body(), answers()]);
route('form', [Post('form'), Redirect('/', 303)], [Body(), answers()]);
route('stream', [Get('stream'), Header('Content-Type', 'text/plain')]);
route('count', [Post('count'), HttpCode(200)], [Req()]);
route('download', [Get('download')]);
route('throws', [Get('throws')]);
route('fails', [Get('fails')]);

class App {}
Module({ controllers: [Hello], providers: [Users] })(App);

async function main() {
  const app = await NestFactory.create(App, { logger: false });
  app.useStaticAssets(path.join(__dirname, 'public'), { prefix: '/static/' });
  app.use((req, res, next) => {
    res.set('X-Served-To', req.ip);
    next();
  });
  process.on('SIGTERM', () => app.close());
  await app.listen(process.env.PORT ?? 3000);
  console.log(`listening on ${await app.getUrl()}`);
}
main();
