'use strict';

// Every request has a store of its own, and nothing that happens for it may see another's.
//
// A handler that entered one with `enterWith` has it until it is left, after every `await`, and in
// all it schedules. Listeners of messages run where the message is driven from, which knows no store
// at all: there, none is right, its own is right, and another's is wrong.

const { AsyncLocalStorage } = require('node:async_hooks');

const storage = new AsyncLocalStorage();

/** Before anything was entered: there must be none. */
function atTheBegin(books) {
  if (storage.getStore() !== undefined) books.fault("another request's store when it began");
}

/** Within the handler and what it awaits: its own. The receipt is made of it. */
function own(books, mark) {
  const store = storage.getStore();
  if (store === undefined) books.fault('no store where there must be one');
  else if (store.mark !== mark) books.fault("another request's store");
  return store?.mark ?? mark;
}

/** Whether it is another's. */
function isAnothers(mark) {
  const store = storage.getStore();
  return store !== undefined && store.mark !== mark;
}

/** In listeners of a request. */
function notAnothers(books, mark, where) {
  if (isAnothers(mark)) books.fault(`another request's store in ${where}`);
}

module.exports = { storage, atTheBegin, own, isAnothers, notAnothers };
