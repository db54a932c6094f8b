// One stock JavaScript client against a running `creatures` example whose store is empty:
//
//     node client.mjs 4.8|4.0|3.1 default|websocket http://127.0.0.1:3000
//
// Prints one line per promise kept; the first one broken ends it with exit code 1.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dialler } from './connection.mjs';
import conversation from './checks/conversation.mjs';
import records from './checks/records.mjs';
import live from './checks/live.mjs';
import text from './checks/text.mjs';
import oneArgument from './checks/one_argument.mjs';
import binary from './checks/binary.mjs';
import connecting from './checks/connecting.mjs';
import pipelining from './checks/pipelining.mjs';

// The conversation counts positions from 1, so it comes first. The other checks only compare with what they found.
const checks = [conversation, records, live, text, oneArgument, binary, connecting, pipelining];

const [version, transports, url] = process.argv.slice(2);
assert(['default', 'websocket'].includes(transports) && url, 'usage: client.mjs VERSION default|websocket URL');

const name = version === '4.8' ? 'socket.io-client' : `socket.io-client-${version}`;
const { io } = createRequire(import.meta.url)(name);
const installed = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
assert(installed.startsWith(`${version}.`), `${name} is ${installed}`);

const client = { version, transports, dial: dialler(io, url, transports) };
for (const check of checks) {
  for (const [promise, keep] of Object.entries(check)) {
    try {
      await keep(client);
    } catch (error) {
      console.error(`BROKEN  ${promise}\n`, error);
      process.exit(1);
    }
    console.log(`kept    ${promise}`);
  }
}
