'use strict';

// A server that exits, is terminated or throws at any point of a turn ends as it does under stock
// Node: the same exit code, no signal, the same first line of the error, and every client has
// received the same octets. Where the program catches the exception, other connections are exact.
//
//   node test/ends.js                  a part of it, with the Node that runs it
//   node test/ends.js --all            every point, way and order
//   node test/ends.js --nodes 20,24    versions out of NOVA_NODES
//   node test/ends.js --only point/way/order

const { isDeepStrictEqual } = require('node:util');

const { nodes, sides } = require('./support/runtimes');
const { points } = require('./ends/points');
const { play, orders } = require('./ends/scene');

/** Scenes at a time: a scene mostly waits. */
const AT_ONCE = 4;

const WAYS = ['exit', 'throw', 'caught', 'worker-exit', 'worker-throw', 'worker-terminate'];

function* scenes(all) {
  let number = 0;
  for (const point of Object.keys(points)) {
    for (const way of WAYS) {
      for (const order of orders) {
        number += 1;
        // A part of it takes each point, way and order with some of the others.
        if (all || number % 7 === 0) yield { point, way, order };
      }
    }
  }
}

/** Answers, one word for each: its status and where its content ends. */
function brief({ text, closed }) {
  const answers = text.split('HTTP/1.1 ').slice(1).map((answer) => {
    const [head, ...content] = answer.split('\r\n\r\n');
    return `${head.slice(0, 3)} ${JSON.stringify(content.join('\r\n\r\n'))}`;
  });
  return `${answers.join(', ')}${closed ? ', closed' : ''}`;
}

/**
 * Whether the difference is one that is argued for.
 * - When a worker has ended, stock still answers what the other connections had sent in the same turn.
 *   Nobody can count on that, and nothing of it was begun when the worker ended.
 * - The door may have delivered more: answers that were given behind the one at which it ended. Stock
 *   loses those when the process ends a tick too early, and after an exception that was caught it leaves
 *   the rest of a pipeline unanswered for ever. Fewer answers, or others, are never argued for.
 */
function isArgued({ way }, name, one, other) {
  if (name === 'fatal' && other.text.startsWith(one.text) && one.closed === other.closed) return true;
  const unanswered = one.text.startsWith(other.text) && one.closed === other.closed;
  return way.startsWith('worker-') && name !== 'fatal' && name !== 'before' && unanswered;
}

/** Compares the two sides: what differs, and what of it is argued for. */
async function compare(scene, [left, right]) {
  const one = await play({ ...scene, side: left });
  const other = await play({ ...scene, side: right });
  const [found, argued] = [[], []];
  for (const what of ['code', 'signal', 'overdue', 'stdout', 'place', 'error']) {
    if (one[what] === other[what]) continue;
    found.push(`${what}: ${JSON.stringify(one[what])}, then ${JSON.stringify(other[what])}`);
  }
  for (const [name, got] of Object.entries(one.clients)) {
    const then = other.clients[name];
    if (isDeepStrictEqual(got, then)) continue;
    const list = isArgued(scene, name, got, then) ? argued : found;
    list.push(`${name}: ${brief(got)}; then ${brief(then)}`);
  }
  if (right.isDoor && other.report?.fallback.length > 0) {
    found.push(`fell back: ${other.report.fallback}`);
  }
  return { found, argued };
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function main() {
  const only = option('--only');
  const all = process.argv.includes('--all') || only !== undefined;
  const pair = sides();
  let differences = 0;
  for (const node of nodes((option('--nodes') ?? '').split(',').filter(Boolean).map(Number))) {
    const waiting = [...scenes(all)].filter(({ point, way, order }) => (
      !only || `${point}/${way}/${order}`.startsWith(only)));
    const count = waiting.length;
    let arguedFor = 0;
    const work = async () => {
      for (let scene = waiting.shift(); scene; scene = waiting.shift()) {
        const { found, argued } = await compare({ ...scene, node }, pair);
        if (argued.length > 0) arguedFor += 1;
        if (found.length === 0) continue;
        differences += 1;
        const { point, way, order } = scene;
        console.log(`not the same on ${node.name}: ${point}/${way}/${order}\n  ${found.join('\n  ')}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    console.log(`Node ${node.name}: ${count} scenes, ${pair[0].name} and ${pair[1].name}; `
      + `${arguedFor} differ as is argued for`);
  }
  console.log(`${differences} differences`);
  process.exitCode = differences > 0 ? 1 : 0;
}
main();
