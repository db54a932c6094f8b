// The page of the example `board`, as `board.rs` runs it: everything it loads is served, by the server itself.
//
//     node board.mjs http://127.0.0.1:3000

import assert from 'node:assert/strict';

const [url] = process.argv.slice(2);

async function load(path, type) {
  const response = await fetch(new URL(path, url));
  assert.equal(response.status, 200, path);
  assert(response.headers.get('content-type').startsWith(type), `${path} is ${response.headers.get('content-type')}`);
  return response.text();
}

const page = await load('/', 'text/html');
const { imports } = JSON.parse(page.match(/<script type="importmap">(.*?)<\/script>/)[1]);
const loaded = new Set();
const wanted = imported(page);
while (wanted.length > 0) {
  const name = wanted.pop();
  if (loaded.has(name)) continue;
  loaded.add(name);
  const text = await load(imports[name] ?? name, 'text/javascript');
  if (!(name in imports)) wanted.push(...imported(text));
}
assert.deepEqual([...loaded], ['/live.mjs', 'socket.io-client']);
assert(!/https?:/.test(page), 'nothing comes from elsewhere');
console.log('kept    a page loads nothing but what its server has');

function imported(text) {
  return [...text.matchAll(/^\s*import .* from '(.*)'/gm)].map(([, name]) => name);
}
