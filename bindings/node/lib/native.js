'use strict';

// The addon, if there is one for this machine and it may be loaded.

const path = require('path');

/** @returns {{Engine: Function}|Error} */
function load() {
  try {
    const another = process.env.NOVA_ADDON;
    if (!another) return require(path.join(__dirname, '..', 'nova.node'));
    // For whoever works on the addon: as Cargo has named it.
    const loaded = { exports: {} };
    process.dlopen(loaded, another);
    return loaded.exports;
  } catch (error) {
    return error;
  }
}

module.exports = load();
