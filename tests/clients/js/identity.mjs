// One stock JavaScript client that logs in, renews its token and is thrown out, as `identity.rs` runs it:
//
//     node identity.mjs 4.8|4.0|3.1 default|websocket|polling http://127.0.0.1:3000

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;

const [version, transports, url] = process.argv.slice(2);
const name = version === '4.8' ? 'socket.io-client' : `socket.io-client-${version}`;
const { io } = createRequire(import.meta.url)(name);
setTimeout(() => assert.fail(`nothing happened within ${PATIENCE_MS} ms`), PATIENCE_MS).unref();

const options = transports === 'default' ? {} : { transports: [transports] };
const dial = (auth) => io(url, { ...options, forceNew: true, auth });
const ask = (socket, ...request) => new Promise((done) => socket.emit(...request, (...answer) => done(answer)));
const kept = (promise) => console.log(`kept    ${promise}`);

{
  const socket = dial({ token: 'rubbish' });
  const [error] = await once(socket, 'connect_error');
  assert.deepEqual(JSON.parse(error.message),
    { code: 401, name: 'NotAuthenticated', reason: 'bad_token', message: 'who is that?' });
  socket.auth = { token: 'ann 600' };
  socket.connect();
  await once(socket, 'connect');
  assert.deepEqual(await ask(socket, 'door', 'knock'), [null, 'ann', {}]);
  socket.disconnect();
  kept('a connect_error parses into an error, and a good token gets in');
}

{
  const socket = dial();
  const [error] = await ask(socket, 'door', 'knock');
  assert.equal(error.reason, 'not_authenticated');
  const [none, renewed] = await ask(socket, 'sockful', 'auth', { token: 'ann 600' });
  assert.equal(none, null);
  assert.equal(renewed.user, 'ann');
  assert.deepEqual(await ask(socket, 'door', 'knock'), [null, 'ann', {}]);
  socket.disconnect();
  kept('who connected as nobody logs in later');
}

{
  const socket = dial({ token: 'ann 30' });
  socket.on('disconnect', (reason) => assert.fail(`disconnected: ${reason}`));
  const [event, told] = await once(socket, 'sockful');
  assert.equal(event, 'token_expiring');
  assert(told.expires_in_ms > 0 && told.expires_in_ms <= 30_000, told.expires_in_ms);
  assert(Date.parse(told.expires) > Date.now() - 60_000, told.expires);
  const [none, renewed, meta] = await ask(socket, 'sockful', 'auth', { token: 'ann 600' });
  assert.deepEqual([none, renewed.user, meta], [null, 'ann', {}]);
  assert(Date.parse(renewed.expires) > Date.parse(told.expires), renewed.expires);
  const [changed] = await ask(socket, 'sockful', 'auth', { token: 'bob 600' });
  assert.deepEqual([changed.code, changed.reason], [403, 'user_changed']);
  assert.deepEqual(await ask(socket, 'door', 'knock'), [null, 'ann', {}]);
  socket.off('disconnect');
  socket.disconnect();
  kept('a token is renewed on a live socket, in time');
}

{
  const socket = dial({ token: 'ann 1' });
  socket.on('disconnect', (reason) => assert.fail(`disconnected: ${reason}`));
  await once(socket, 'connect');
  let error = null;
  while (!error) {
    [error] = await ask(socket, 'door', 'knock');
    await sleep(50);
  }
  assert.deepEqual([error.code, error.reason], [401, 'token_expired']);
  await ask(socket, 'sockful', 'auth', { token: 'ann 600' });
  assert.deepEqual(await ask(socket, 'door', 'knock'), [null, 'ann', {}]);
  socket.off('disconnect');
  socket.disconnect();
  kept('an expired token leaves the socket open, and a new one is taken');
}

{
  let shown = 0;
  const socket = dial((show) => { shown++; show({ token: 'ann 600' }); });
  await once(socket, 'connect');
  const told = once(socket, 'sockful');
  const gone = once(socket, 'disconnect');
  socket.emit('door', 'slam');
  assert.deepEqual(await told, ['closing', { reason: 'revoked', retry_after_ms: 0 }]);
  const [reason] = await gone;
  assert.notEqual(reason, 'io server disconnect'); // after which a client stays away
  await once(socket, 'connect');
  assert.equal(shown, 2);
  assert.deepEqual(await ask(socket, 'door', 'knock'), [null, 'ann', {}]);
  kept('a client that is revoked comes back by itself and logs in anew');
}
process.exit(0);
