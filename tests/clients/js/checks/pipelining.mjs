// 2,000 requests sent without waiting for an answer, reads among writes.

import assert from 'node:assert/strict';
import { creature, standing } from '../creature.mjs';

const REQUESTS = 2_000;

export default {
  '2,000 pipelined requests are answered once and in order': async ({ dial }) => {
    const connection = dial();
    await connection.onWebSocket();
    await pipeline(connection, 'piped', await standing(connection));
    connection.close();
  },

  'also when they are sent in the tick of connect': async ({ dial }) => {
    const observer = dial();
    const before = await standing(observer);
    observer.close();
    const connection = dial();
    await connection.atConnect(() => pipeline(connection, 'rushed', before));
    connection.close();
  },
};

/** Nobody else writes, so every answer is known in advance, down to its position. */
async function pipeline(connection, prefix, { pos, count }) {
  const order = [];
  const exchanges = [...script(prefix, pos, count)];
  assert.equal(exchanges.length, REQUESTS);
  const answers = await Promise.all(exchanges.map(async ([request], i) => {
    const answer = await connection.ask('creature', ...request);
    order.push(i);
    return answer;
  }));
  exchanges.forEach(([request, expected], i) => assert.deepEqual(answers[i], expected, JSON.stringify(request)));
  assert.deepEqual(order, exchanges.map((_, i) => i));
}

/** Each request with its answer: what is read is always what was written just before. */
function* script(prefix, pos, count) {
  for (let i = 0; i < REQUESTS / 5; i++) {
    const id = `${prefix}-${i}`;
    const made = creature({ id, name: `Number ${i}` });
    const changed = { ...made, hunger: 1 + i % 255 };
    yield [['create', { id, name: made.name }], [null, made, { pos: ++pos, rev: pos }]];
    yield [['get', id], [null, made, { rev: pos }]];
    yield [['update', { id, hunger: changed.hunger }], [null, changed, { pos: ++pos, rev: pos }]];
    yield [['count'], [null, ++count, {}]];
    yield i % 2 ? [['get', { id }], [null, changed, { rev: pos }]] : [['get', 'nobody'], [missing, null, null]];
  }
}

const missing = { code: 404, name: 'NotFound', reason: 'not_found', message: 'there is no such creature' };
