// `auth: { ack: 'one' }`: answers that fit `emitWithAck`, where the version has it.

import assert from 'node:assert/strict';
import { creature } from '../creature.mjs';

const missing = { code: 404, name: 'NotFound', reason: 'not_found', message: 'there is no such creature' };

export default {
  'one argument per answer when asked for': async ({ dial, version }) => {
    const connection = dial({ auth: { ack: 'one' } });
    await connection.connected();
    const call = async (...request) => {
      const answer = await connection.ask('creature', ...request);
      assert.equal(answer.length, 1);
      return answer[0];
    };
    const record = creature({ id: 'single', name: 'Single', hunger: 9 });
    const { result, meta, ...rest } = await call('create', record);
    assert.deepEqual([result, Object.keys(meta).sort(), rest], [record, ['pos', 'rev'], {}]);
    assert.deepEqual(await call('get', 'single'), { result: record, meta: { rev: meta.pos } });
    assert.deepEqual(await call('get', 'nobody'), { error: missing });
    assert.equal((await call('count')).meta.constructor, Object);
    assert.deepEqual(await call('feed', { id: 'single', food: 'a plum' }),
      { result: 'Single ate a plum', meta: { pos: meta.pos + 1, rev: meta.pos + 1 } });
    assert.deepEqual(await call('destroy', 'single'), {
      result: { ...record, hunger: 0 }, meta: { pos: meta.pos + 2, rev: meta.pos + 2 },
    });
    assert.equal(version === '4.8', 'emitWithAck' in connection.socket);
    connection.close();
  },

  'emitWithAck resolves to the answer': async ({ dial, version }) => {
    if (version !== '4.8') return; // older ones have no emitWithAck
    const { socket } = dial({ auth: { ack: 'one' } });
    const record = creature({ id: 'promised', name: 'Promised' });
    const made = await socket.emitWithAck('creature', 'create', record);
    assert.deepEqual([made.result, made.meta.rev], [record, made.meta.pos]);
    assert.deepEqual(await socket.timeout(10_000).emitWithAck('creature', 'get', { id: 'promised' }),
      { result: record, meta: { rev: made.meta.rev } });
    assert.deepEqual(await socket.emitWithAck('creature', 'get', 'nobody'), { error: missing });
    socket.disconnect();
  },
};
