// Requests sent as early as a client can: none may be lost.

import assert from 'node:assert/strict';
import { creature, standing } from '../creature.mjs';

const FRESH = 200;
const WAVE = 20;

export default {
  'the connection starts on the first transport asked for and ends on WebSocket': async ({ dial, transports }) => {
    const connection = dial();
    assert.equal(connection.transport(), transports === 'default' ? 'polling' : 'websocket');
    await connection.onWebSocket();
    connection.close();
  },

  'a request sent before the connection stands is answered': async ({ dial }) => {
    const connection = dial();
    assert(!connection.socket.connected);
    const record = creature({ id: 'early', name: 'Early' });
    const [made, found] = await Promise.all([
      connection.ask('creature', 'create', record), connection.ask('creature', 'get', 'early')]);
    assert.deepEqual([made[0], made[1], found], [null, record, [null, record, { rev: made[2].pos }]]);
    connection.close();
  },

  'a request sent in the tick of connect is answered': async ({ dial }) => {
    const connection = dial();
    const [err, result] = await connection.atConnect(() => connection.ask('creature', 'get', 'early'));
    assert.deepEqual([err, result.name], [null, 'Early']);
    connection.close();
  },

  'of 200 fresh connections that send at once none loses its request': async ({ dial }) => {
    const observer = dial();
    const before = await standing(observer);
    for (let wave = 0; wave < FRESH; wave += WAVE) {
      await Promise.all(Array.from({ length: WAVE }, async (_, i) => {
        const connection = dial();
        const record = creature({ id: `fresh-${wave + i}`, name: 'Fresh' });
        const [err, made] = await connection.atConnect(() => connection.ask('creature', 'create', record));
        assert.deepEqual([err, made], [null, record]);
        connection.close();
      }));
    }
    assert.deepEqual(await standing(observer), { pos: before.pos + FRESH, count: before.count + FRESH });
    observer.close();
  },
};
