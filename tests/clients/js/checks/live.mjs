// Watching, as section "Live" of docs/protocol.md has it: what one connection changes another is told.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { creature } from '../creature.mjs';

const QUERY = { tags: { $contains: 'live' } };

export default {
  'who watches is told what enters, changes and leaves, its own changes before their answers': async ({ dial }) => {
    const [ann, bob] = [dial(), dial()];
    const told = listen(ann);
    const [err, { watch, records }, { pos }] = await ann.ask('creature', 'watch', QUERY);
    assert.deepEqual([err, records], [null, []]);

    const otter = creature({ id: 'otter', name: 'Otter', tags: ['live'] });
    const [, , { pos: first }] = await ann.ask('creature', 'create', otter);
    assert.equal(told.length, 1, 'before the answer');
    const [, , { prev }] = told[0];
    assert(prev <= pos, `${prev} follows ${pos}`);
    assert.deepEqual(told.shift(), ['enter', otter, { pos: first, prev, rev: first, watch }]);

    await bob.ask('creature', 'update', { id: 'otter', hunger: 3 });
    const update = await next(told, ann);
    assert.deepEqual(update, ['update', { ...otter, hunger: 3 }, { pos: first + 1, prev: first, rev: first + 1, watch }]);

    await bob.ask('creature', 'create', [{ id: 'eel', name: 'Eel', tags: ['live'] }, { id: 'asp', name: 'Asp' }, { id: 'ray', name: 'Ray', tags: ['live'] }]);
    const [batch, items, meta] = await next(told, ann);
    assert.deepEqual([batch, meta], ['batch', { pos: first + 2, prev: first + 1, watch }]);
    assert.deepEqual(items.map(([action, { id }, rev]) => [action, id, rev]), [['enter', 'eel', first + 2], ['enter', 'ray', first + 2]]);

    for (const id of ['eel', 'asp', 'ray', 'otter']) await bob.ask('creature', 'destroy', id);
    for (const id of ['eel', 'ray', 'otter']) assert.deepEqual((await next(told, ann)).slice(0, 2), ['leave', { id }]);

    assert.deepEqual(await ann.ask('creature', 'unwatch', watch), [null, null, {}]);
    ann.close();
    bob.close();
  },

  'who comes back is told what was missed, or everything anew': async ({ dial }) => {
    const [ann, bob] = [dial(), dial()];
    const [, { watch }, { pos, epoch, view }] = await ann.ask('creature', 'watch', QUERY);
    ann.close();
    const made = creature({ id: 'seal', name: 'Seal', tags: ['live'] });
    const [, , { rev }] = await bob.ask('creature', 'create', made);

    const sub = { resource: 'creature', watch, query: QUERY, pos, view };
    for (const [shown, expected] of [
      [{ epoch, subs: [sub] }, { outcome: 'replayed', n: 1 }],
      [{ epoch, subs: [{ ...sub, pos: rev }] }, { outcome: 'nothing' }],
      [{ epoch: 'another', subs: [sub] }, { outcome: 'reset', records: [made], revs: [rev] }],
    ]) {
      const back = dial({ auth: (show) => show({ resume: shown }) });
      const told = listen(back);
      const [what, resumed] = await heard(back, 'sockful');
      assert.equal(what, 'resumed');
      const [outcome] = resumed.subs;
      const at = expected.n ? {} : { pos: outcome.pos };
      assert.deepEqual(resumed, { epoch, subs: [{ resource: 'creature', watch, view: outcome.view, ...at, ...expected }] });
      if (!expected.n) assert(outcome.pos >= rev, `${outcome.pos} is behind ${rev}`);
      if (expected.n) assert.deepEqual(await next(told, back), ['enter', made, { pos: rev, prev: pos, rev, watch }]);
      assert.deepEqual(told, []);
      back.close();
    }
    await bob.ask('creature', 'destroy', 'seal');
    bob.close();
  },
};

/** The pushes of creatures as they come. */
function listen({ socket }) {
  const told = [];
  socket.on('creature', (...push) => told.push(push));
  return told;
}

async function next(told, connection) {
  if (told.length === 0) await heard(connection, 'creature');
  return told.shift();
}

/** The arguments of the next event of this name. */
function heard({ socket }, name) {
  return once(socket, name, { signal: AbortSignal.timeout(30_000) });
}
