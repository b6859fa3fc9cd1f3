'use strict';

// What the engine refuses is said to programs as Node says it: Node's own parser is asked what it thinks
// of the same octets. Where it would have taken them, the engine's own reason is told, under the code
// that fits best.

const { HTTPParser } = require('_http_common');

/** Of this the engine alone knows: what it has counted may have come before. */
const COUNTED = 'HPE_CHUNK_EXTENSIONS_OVERFLOW';
/** In front of chunks whose head is not at hand any more. */
const BEFORE_CHUNKS = Buffer.from('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');

/**
 * @param {object} server whose limits count
 * @param {Buffer} raw octets, with those that are at fault
 * @param {number} at where the message (or its chunk) begins
 * @param {boolean} inContent whether it is a chunk
 * @param {string} code the engine's own, if Node's parser finds nothing
 * @param {string} reason likewise
 * @returns {Error}
 */
function faultOf(server, raw, at, inContent, code, reason) {
  const octets = at === 0 ? raw : raw.subarray(at);
  const asked = code === COUNTED ? undefined :
    ask(server, inContent ? Buffer.concat([BEFORE_CHUNKS, octets]) : octets);
  const error = asked ?? Object.assign(new Error('Parse Error'), { code, reason, bytesParsed: 0 });
  error.bytesParsed += at - (asked && inContent ? BEFORE_CHUNKS.length : 0);
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
