'use strict';

// The addon, if there is one for this machine and it may be loaded.

const path = require('path');

/** @returns {{Engine: Function}|Error} */
function load() {
  try {
    return require(path.join(__dirname, '..', 'nova.node'));
  } catch (error) {
    return error;
  }
}

module.exports = load();
