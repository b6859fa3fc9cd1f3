'use strict';

// A planted fault: one octet of every answer's field section differs from what Node sends.

const http = require('node:http');

const { writeHead } = http.ServerResponse.prototype;
http.ServerResponse.prototype.writeHead = function spoiled(...args) {
  this.sendDate = false;
  return Reflect.apply(writeHead, this, args);
};
