// What the documented conversation leaves out: many records, pages, atomic batches, requests nobody waits for.

import assert from 'node:assert/strict';
import { creature, standing } from '../creature.mjs';

export default {
  'a record without an id gets one': async ({ dial }) => {
    const connection = dial();
    const { pos } = await standing(connection);
    const [err, made, meta] = await connection.ask('creature', 'create', { name: 'Nameless' });
    assert.equal(err, null);
    assert(typeof made.id === 'string' && made.id.length > 0);
    assert.deepEqual(made, creature({ id: made.id, name: 'Nameless' }));
    assert.deepEqual(meta, { pos: pos + 1, rev: pos + 1 });
    assert.deepEqual(await connection.ask('creature', 'get', made.id), [null, made, { rev: pos + 1 }]);
    assert.deepEqual(await connection.ask('creature', 'destroy', { id: made.id }), [null, made, { pos: pos + 2, rev: pos + 2 }]);
    connection.close();
  },

  'a batch is created as a whole, and pages show every record of it once': async ({ dial }) => {
    const connection = dial();
    const { pos, count } = await standing(connection);
    const batch = Array.from({ length: 250 }, (_, i) =>
      creature({ id: `batch-${String(i).padStart(3, '0')}`, name: `Number ${i}`, tags: ['batch'] }));
    assert.deepEqual(await connection.ask('creature', 'create', batch),
      [null, batch, { pos: pos + 1, revs: batch.map(() => pos + 1) }]);
    assert.deepEqual(await connection.ask('creature', 'count', {}), [null, count + 250, {}]);

    const seen = [];
    for (let query = {}, pages = 0; query; pages++) {
      const [err, page, meta] = await connection.ask('creature', 'all', query);
      assert.equal(err, null);
      assert(pages < 10 && page.length <= 100, 'at most 100 where no limit is given');
      assert.equal(meta.revs.length, page.length);
      assert.equal(meta.pos, pos + 1);
      seen.push(...page);
      assert.equal('next' in meta, page.length === 100 && seen.length < count + 250);
      query = 'next' in meta ? { $after: meta.next } : null;
    }
    assert.equal(seen.length, count + 250);
    assert.deepEqual(seen.filter(({ tags }) => tags.includes('batch')), batch);

    const [, everything, meta] = await connection.ask('creature', 'all', { $limit: 1000 });
    assert.deepEqual(everything, seen);
    assert(!('next' in meta));
    connection.close();
  },

  'a batch with one bad record changes nothing': async ({ dial }) => {
    const connection = dial();
    const before = await standing(connection);
    const [err, result, meta] = await connection.ask('creature', 'create',
      [{ id: 'half', name: 'Half' }, { id: 'batch-000', name: 'Taken' }]);
    assert.deepEqual([err.code, err.reason, result, meta], [409, 'exists', null, null]);
    assert.equal((await connection.ask('creature', 'get', 'half'))[0].reason, 'not_found');
    assert.deepEqual(await standing(connection), before);
    connection.close();
  },

  'the hungriest come first, and a fed one no longer': async ({ dial }) => {
    const connection = dial();
    const names = async (limit) =>
      (await connection.ask('creature', 'hungriest', { limit }))[1].map(({ name }) => name);
    await connection.ask('creature', 'create', [
      { id: 'wolf', name: 'Wolf', hunger: 9 }, { id: 'bear', name: 'Bear', hunger: 8 }, { id: 'lynx', name: 'Lynx', hunger: 7 }]);
    assert.deepEqual(await names(2), ['Wolf', 'Bear']);
    const [err, result, meta] = await connection.ask('creature', 'feed', { id: 'wolf', food: 'a leg' });
    assert.deepEqual([err, result, meta.rev], [null, 'Wolf ate a leg', meta.pos]);
    assert.deepEqual(await names(2), ['Bear', 'Lynx']);
    connection.close();
  },

  'a request nobody waits for is carried out': async ({ dial }) => {
    const connection = dial();
    await connection.connected();
    connection.socket.emit('creature', 'create', { id: 'quiet', name: 'Quiet' });
    connection.socket.emit('creature', 'update', { id: 'quiet', hunger: 3 }, {});
    connection.socket.emit('creature', 'no_such_action'); // an error nobody is told about
    assert.deepEqual(await connection.ask('creature', 'get', { id: 'quiet' }),
      [null, creature({ id: 'quiet', name: 'Quiet', hunger: 3 }), { rev: (await standing(connection)).pos }]);
    connection.close();
  },
};
