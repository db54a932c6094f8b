// Two people with the example `notes`, as `notes.rs` runs them:
//
//     node notes.mjs http://127.0.0.1:3000

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout } from 'node:timers';
import { io } from 'socket.io-client';

const PATIENCE_MS = 60_000;

const [url] = process.argv.slice(2);
setTimeout(() => assert.fail(`nothing happened within ${PATIENCE_MS} ms`), PATIENCE_MS).unref();

const kept = (promise) => console.log(`kept    ${promise}`);
const post = (path, body) => fetch(url + path, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const dial = (auth) => io(url, { forceNew: true, auth: { ack: 'one', ...auth } });
const ask = async (socket, ...request) => {
  const { error, result } = await socket.emitWithAck(...request);
  if (error) throw error;
  return result;
};
const refused = async (promise, code, reason) => {
  const error = await promise.then(() => assert.fail('was not refused'), (error) => error);
  assert.deepEqual([error.code, error.reason], [code, reason]);
  return error;
};

const tokens = {};
for (const name of ['ann', 'bob']) {
  const response = await post('/signup', { name, password: `${name}'s secret` });
  tokens[name] = (await response.json()).token;
}
const again = await post('/signup', { name: 'ann', password: 'another' });
assert.equal(again.status, 409);
assert.equal((await again.json()).errors.name[0].code, 'unique');
for (const wrong of [{ name: 'ann', password: 'guessed' }, { name: 'zoe', password: 'guessed' }]) {
  const response = await post('/login', wrong);
  assert.deepEqual([response.status, (await response.json()).reason], [401, 'not_authenticated']);
}
kept('who has an account gets a token, and names are told apart by nobody who guesses');

const [ann, bob, nobody] = [dial({ token: tokens.ann }), dial({ token: tokens.bob }), dial({})];

const note = await ask(ann, 'note', 'create', { title: ' Shopping ', text: 'pears', owner: '00000000-0000-0000-0000-000000000000' });
const me = await ask(ann, 'account', 'all', {});
assert.deepEqual(me.map(({ name }) => name), ['ann']);
assert.deepEqual(Object.keys(me[0]), ['id', 'name']);
assert.deepEqual([note.title, note.owner], ['Shopping', me[0].id]);
await refused(ask(nobody, 'note', 'create', { title: 'mine' }), 401, 'not_authenticated');
kept('a note belongs to whoever writes it, and no password leaves the server');

for (const stranger of [bob, nobody]) {
  assert.deepEqual(await ask(stranger, 'note', 'all', {}), []);
  for (const [action, payload] of [['get', note.id], ['update', { id: note.id, text: 'plums' }], ['destroy', note.id], ['share', { id: note.id, name: 'bob' }]]) {
    await refused(ask(stranger, 'note', action, payload), 404, 'not_found');
  }
}
kept('what is not shared is not there');

await refused(ask(ann, 'note', 'share', { id: note.id, name: 'zoe' }), 404, 'not_found');
await ask(ann, 'note', 'share', { id: note.id, name: 'bob' });
assert.deepEqual(await ask(bob, 'note', 'shared_with_me', {}), ['Shopping']);
assert.equal((await ask(bob, 'note', 'get', note.id)).text, 'pears');
await refused(ask(bob, 'note', 'update', { id: note.id, text: 'plums' }), 403, 'policy');
kept('who a note is shared with may read it, and nothing else');

await ask(ann, 'sockful', 'commit', [
  ['note', 'update', { id: note.id, public: true }],
  ['note', 'create', { title: 'Another' }],
]);
assert.deepEqual((await ask(nobody, 'note', 'all', {})).map(({ title }) => title), ['Shopping']);
const error = await refused(ask(ann, 'sockful', 'commit', [['note', 'create', { title: 'Lost' }], ['note', 'create', { title: 5, color: 'red' }]]), 422, 'invalid');
assert.equal(error.item, 1);
assert.deepEqual(Object.keys(error.errors).sort(), ['[1].color', '[1].title']);
assert.equal(await ask(ann, 'note', 'count', {}), 2);
kept('several changes are done together or not at all, and a form can tell which field is wrong');

const { token } = await (await post('/login', { name: 'bob', password: "bob's secret" })).json();
assert.equal((await ask(bob, 'sockful', 'auth', { token })).user, (await ask(bob, 'account', 'all', {}))[0].id);
const stranger = dial({ token: 'rubbish' });
const [refusal] = await once(stranger, 'connect_error');
assert.equal(JSON.parse(refusal.message).reason, 'token_invalid');
kept('a token is renewed on the live connection, and one that is no good refused');

for (const socket of [ann, bob, nobody, stranger]) socket.disconnect();
