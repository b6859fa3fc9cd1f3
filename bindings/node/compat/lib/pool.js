'use strict';

/**
 * Calls `work(item, lane)` for each item, at most `lanes` at a time. `lane` is
 * a small number that no other running item has: what two test files would
 * share (a port, a folder) is derived from it.
 */
async function pool(items, lanes, work) {
  const results = new Array(items.length);
  let next = 0;
  const run = async (lane) => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], lane);
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  return results;
}

module.exports = { pool };
