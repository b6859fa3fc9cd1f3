'use strict';

// What the engine refuses is said to programs as Node says it: Node's own parser is asked what it thinks
// of the same octets. Where it would have taken them, the engine's own reason is told, under the code
// that fits best.

const { HTTPParser } = require('_http_common');

/** Of this the engine alone knows: what it has counted may have come before. */
const COUNTED = 'HPE_CHUNK_EXTENSIONS_OVERFLOW';

/**
 * @param {object} server whose limits count
 * @param {Buffer} raw octets, with those that are at fault
 * @param {number} at where what is at fault begins
 * @param {string} opening what brings a parser there, if that is not where a message begins
 * @param {string} code the engine's own, if Node's parser finds nothing
 * @param {string} reason likewise
 * @returns {Error}
 */
function faultOf(server, raw, at, opening, code, reason) {
  const octets = at === 0 ? raw : raw.subarray(at);
  const asked = code === COUNTED ? undefined :
    ask(server, opening === '' ? octets : Buffer.concat([Buffer.from(opening, 'latin1'), octets]));
  const error = asked ?? Object.assign(new Error('Parse Error'), { code, reason, bytesParsed: 0 });
  error.bytesParsed += at - (asked ? opening.length : 0);
  return error;
}

/** What Node's parser says of a head with more names and values than `pairs`; old ones cut them off. */
function tooMany(raw, pairs, server) {
  return ask(server, raw, pairs);
}

/** What Node's parser says; nothing if it takes the octets. */
function ask(server, octets, pairs = 2000) {
  const parser = new HTTPParser();
  parser.maxHeaderPairs = pairs;
  try {
    parser.initialize(HTTPParser.REQUEST, {}, server.maxHeaderSize || 0, HTTPParser.kLenientNone | 0);
    for (const key of ['kOnHeaders', 'kOnHeadersComplete', 'kOnBody', 'kOnMessageComplete', 'kOnMessageBegin']) {
      parser[HTTPParser[key] | 0] = () => 0;
    }
    const said = parser.execute(octets);
    return said instanceof Error ? said : undefined;
  } finally {
    parser.close();
  }
}

module.exports = { faultOf, tooMany };
