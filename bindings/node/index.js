'use strict';

const { createServer, register } = require('./lib/server');

module.exports = { createServer, register };
