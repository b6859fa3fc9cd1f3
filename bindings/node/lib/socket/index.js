'use strict';

// The socket of a connection that the engine serves: an instance of `net.Socket` that owns no stream
// until somebody asks for one. Node's own outgoing code writes to it; what it writes goes to the engine
// in one call. Whoever touches stream state (`_readableState`, 'data', `pipe` …) makes it a whole
// Duplex, with the same identity. Each room puts its methods on the prototype when it is loaded.

const { Socket, isWhole } = require('./base');
require('./whole');
const { drained } = require('./write');
const { emitQuietly } = require('./read');
require('./end');
require('./options');
require('./about');

module.exports = { ...require('./keys'), Socket, drained, emitQuietly, isWhole };
