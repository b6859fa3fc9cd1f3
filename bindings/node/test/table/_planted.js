'use strict';
// Faulty doors for `table.js --self-test`. Loaded like the door itself, it plants the fault that PLANTED_FAULT names; each
// must make the script next to it differ, else the table could not fail.

const http = require('node:http');

exports.faults = {
  'end answers a turn later': 'order: the answer leaves within end',
  'a socket for each request': 'socket: one socket for all requests of a connection',
  'a field is lost': 'request: headers, rawHeaders, headersDistinct',
  'one octet too many': 'answer: end alone, with text, with a buffer, with an encoding',
  'another exit code': 'throw: a throw, nobody catches',
  'the process never ends': 'close: the process ends by itself after close',
};

const { end } = http.ServerResponse.prototype;
const { emit } = http.Server.prototype;

function before(event, change) {
  http.Server.prototype.emit = function planted(name, ...args) {
    if (name === event) change(...args);
    return Reflect.apply(emit, this, [name, ...args]);
  };
}

const plant = {
  'end answers a turn later'() {
    http.ServerResponse.prototype.end = function late(...args) { setImmediate(() => end.apply(this, args)); return this; };
  },
  'a socket for each request'() { before('request', (req) => { req.socket = Object.create(req.socket); }); },
  'a field is lost'() { before('request', (req) => { req.rawHeaders.splice(2, 2); }); },
  'one octet too many'() {
    http.ServerResponse.prototype.end = function more(text, ...rest) { return end.call(this, text && `${text}.`, ...rest); };
  },
  'another exit code'() { process.on('exit', (code) => { process.exitCode = code && code + 1; }); },
  'the process never ends'() { setInterval(() => {}, 1000); },
};
plant[process.env.PLANTED_FAULT]?.();
