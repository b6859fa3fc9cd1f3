'use strict';

// node --require nova-http/register server.js
require('./lib/server').register();
