'use strict';

// node in-cluster.js <program> <arguments>: the program as the only worker of a cluster, whose primary
// is this process and ends as the worker ends. NODE_CLUSTER_SCHED_POLICY says how it gets connections.

const cluster = require('node:cluster');
const path = require('node:path');

const [program, ...args] = process.argv.slice(2);
cluster.setupPrimary({ exec: path.resolve(program), args });
cluster.fork().on('exit', (code, signal) => { process.exitCode = signal ? 1 : code; });
