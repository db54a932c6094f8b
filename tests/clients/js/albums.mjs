// Somebody with the example `albums`, as `albums.rs` runs it:
//
//     node albums.mjs http://127.0.0.1:3000

import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers';
import { io } from 'socket.io-client';

const PATIENCE_MS = 60_000;

const [url] = process.argv.slice(2);
setTimeout(() => assert.fail(`nothing happened within ${PATIENCE_MS} ms`), PATIENCE_MS).unref();

const kept = (promise) => console.log(`kept    ${promise}`);
const socket = io(url);
const ask = (...request) => new Promise((done, fail) =>
  socket.emit(...request, (err, result) => (err ? fail(err) : done(result))));
const refused = async (promise, code, reason) => {
  const error = await promise.then(() => assert.fail('was not refused'), (error) => error);
  assert.deepEqual([error.code, error.reason], [code, reason]);
};
const titles = (songs) => songs.map((song) => song.title);

assert.deepEqual(titles(await ask('album', 'songs', 'Ill')), ['Sure Shot', 'Root Down', 'Sabotage']);
assert.equal(await ask('album', 'length', { id: 'Ill' }), 589);
kept('an album has its songs');

const song = await ask('album', 'createSong', { album_id: 'Ill', title: 'Get It Together', seconds: 245 });
assert.equal(song.album_id, 'Ill');
assert.deepEqual(await ask('album', 'getSong', { id: song.id, album_id: 'Ill' }), song);
await refused(ask('album', 'getSong', { id: song.id, album_id: "Paul's" }), 404, 'not_found');
assert.deepEqual(await ask('song', 'byAlbum', { album_id: 'Ill', seconds: { $gt: 240 } }), [song]);
kept('a song is made within an album, and found there');

const before = await ask('song', 'count', {});
await refused(ask('album', 'createSong', { album_id: 'nobody', title: 'Lost' }), 404, 'no_parent');
await refused(ask('song', 'create', { album_id: 'nobody', title: 'Lost' }), 404, 'no_parent');
await refused(ask('song', 'create', { title: 'Lost' }), 422, 'invalid');
await refused(ask('album', 'createSong', { title: 'Lost' }), 422, 'invalid');
await refused(ask('album', 'createSong', null), 400, 'payload_required');
assert.equal(await ask('song', 'count', {}), before);
kept('without a known album nothing is created');

// Of another child each parent has its own: the field is not always `album_id`.
const note = await ask('song', 'createNote', { song_id: song.id, text: 'loud' });
assert.deepEqual(await ask('song', 'notes', song.id), [note]);
assert.deepEqual(await ask('note', 'bySong', song.id), [note]);
for (const action of ['createNote', 'getMaxListeners', 'getAlbum', 'creme', 'song'])
  await refused(ask('album', action, { album_id: 'Ill' }), 405, 'unknown_action');
socket.emit('album', 'createSong', { album_id: 'nobody' });
kept('each parent answers for its own children, and what it does not know it refuses');

await ask('song', 'destroy', song.id);
assert.deepEqual(titles(await ask('album', 'songs', 'Ill')), ['Sure Shot', 'Root Down', 'Sabotage']);
await refused(ask('note', 'get', note.id), 404, 'not_found');
kept('an album does not have a song that is gone');

const [ill] = await ask('album', 'all', { id: 'Ill', $include: { songs: { $limit: 2, $include: ['notes'] } } });
assert.deepEqual(ill.songs.map((it) => [it.title, it.notes.length]), [['Sure Shot', 1], ['Root Down', 1]]);
const [shadrach] = await ask('song', 'all', { title: 'Shadrach', $include: 'album' });
assert.equal(shadrach.album.year, 1989);
kept('relatives come with the records');

await ask('album', 'destroy', 'Ill');
assert.deepEqual(await ask('album', 'songs', 'Ill'), []);
assert.deepEqual([await ask('song', 'count', {}), await ask('note', 'count', {})], [2, 2]);
kept('songs and notes go with their album');
process.exit(0);
