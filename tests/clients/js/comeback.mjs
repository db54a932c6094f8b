// One stock JavaScript client against a server that closes its connection as overloaded, as `comeback.rs` runs it:
//
//     node comeback.mjs 4.8|4.0|3.1 default|websocket|polling http://127.0.0.1:3000

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';

const PATIENCE_MS = 60_000;

const [version, transports, url] = process.argv.slice(2);
const name = version === '4.8' ? 'socket.io-client' : `socket.io-client-${version}`;
const { io } = createRequire(import.meta.url)(name);
setTimeout(() => assert.fail(`nothing happened within ${PATIENCE_MS} ms`), PATIENCE_MS).unref();

const socket = transports === 'default' ? io(url) : io(url, { transports: [transports] });
await once(socket, 'connect');
const { engine } = socket.io;
if (transports === 'default' && engine.transport.name === 'polling') await once(engine, 'upgrade');
assert.equal(engine.transport.name, transports === 'polling' ? 'polling' : 'websocket');

const [told, gone] = [once(socket, 'sockful'), once(socket, 'disconnect')];
for (let i = 0; i < 20; i++) socket.emit('snail', 'arrive', () => {});
assert.deepEqual(await told, ['closing', { reason: 'overloaded', retry_after_ms: 5000 }]);
const [reason] = await gone;
assert.notEqual(reason, 'io server disconnect'); // after which a client stays away

await once(socket, 'connect');
socket.emit('snail', 'count', (...answer) => {
  assert.deepEqual(answer, [null, 0, {}]);
  console.log('kept    a client that is thrown out comes back by itself');
  socket.disconnect();
  process.exit(0);
});
