'use strict';

// The addon, if there is one for this machine and it may be loaded.

const path = require('path');

/** @returns {{Engine: Function}|Error} */
function load() {
  try {
    // Another one is for whoever works on the addon itself.
    return require(process.env.NOVA_ADDON || path.join(__dirname, '..', 'nova.node'));
  } catch (error) {
    return error;
  }
}

module.exports = load();
