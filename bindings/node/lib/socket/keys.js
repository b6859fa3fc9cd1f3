'use strict';

// Under what names a socket of ours keeps what is its own; no program has them.

module.exports = {
  kLink: Symbol('nova link'),
  kName: Symbol('nova name'),
  kWhole: Symbol('nova whole'),
  kSetUp: Symbol('nova set up'),
  kStopped: Symbol('nova stopped'),
  kPending: Symbol('nova pending'),
  kWaiting: Symbol('nova waiting'),
  kEnded: Symbol('nova ended'),
  kPeerEnded: Symbol('nova peer ended'),
  kClosing: Symbol('nova closing'),
  kWritten: Symbol('nova written'),
  kRead: Symbol('nova read'),
  kQuiet: Symbol('nova quiet'),
  kFinished: Symbol('nova finished'),
  kStalled: Symbol('nova stalled'),
  kLoose: Symbol('nova loose'),
  kHandle: Symbol('nova handle'),
};
