'use strict';

// Why a server, or a connection, is served by Node's own engine: the whole list. A report says no other
// reason.

/** A whole server. */
const SERVER = {
  noAddon: 'there is no addon for this platform, or it may not be loaded',
  internals: 'this version of Node lacks something that the engine needs',
  insecureHTTPParser: 'insecureHTTPParser accepts what the engine refuses',
  httpValidation: 'httpValidation other than strict accepts what the engine refuses',
  pauseOnConnect: 'pauseOnConnect: sockets are handed on unread',
  blockList: 'blockList is checked by Node when it accepts',
  noDescriptor: 'the handle has no descriptor (a faux handle, or not a POSIX system)',
  listeners: "Node's own connection listener was removed",
  refused: 'the engine could not listen on the descriptor',
};

/** A connection; the numbers are the addon's. */
const CONNECTION = {
  3: 'upgradeWithContent',
  4: 'upgrade',
  5: 'connect',
  6: 'sent',
};

const CONNECTION_WORDS = {
  upgradeWithContent: 'a request to upgrade that has content',
  upgrade: 'a request to upgrade, which gets a real socket',
  connect: 'CONNECT, which gets a real socket',
  sent: 'the socket was sent to another process',
  pushed: 'the program has pushed octets of its own into the socket',
  noListener: "no listener of the server's has taken the connection",
};

module.exports = { SERVER, CONNECTION, CONNECTION_WORDS };
