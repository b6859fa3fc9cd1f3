'use strict';

// What a monitored program adds to each request: a store that follows it, and a subscriber who hears
// of it.

const { AsyncLocalStorage } = require('node:async_hooks');
const diagnostics = require('node:diagnostics_channel');

// Wraps a handler so that it runs with a store of its own, and subscribes to the server's channel.
function watched(handler) {
  const storage = new AsyncLocalStorage();
  let begun = 0;
  diagnostics.subscribe('http.server.request.start', () => {
    begun += 1;
  });
  return (req, res) => {
    const store = { number: begun };
    storage.run(store, () => {
      if (storage.getStore() !== store) throw new Error('the store is lost');
      return handler(req, res);
    });
  };
}

module.exports = { watched };
