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
assert.equal(await ask('song', 'count', {}), before);
kept('with an unknown album nothing is created');

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
