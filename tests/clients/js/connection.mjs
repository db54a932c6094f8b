// A stock socket, with the promises that hold for every connection checked on the side: each request is answered once,
// answers leave in the order the requests were sent, and nothing but `close` ends the connection.

import assert from 'node:assert/strict';

const ACK = 3;
const PATIENCE_MS = 30_000;

/** Opens connections; without options of ours they are those of `io(url)`. */
export function dialler(io, url, transports) {
  return (options = {}) => {
    const all = transports === 'websocket' ? { transports: ['websocket'], ...options } : options;
    return new Connection(Object.keys(all).length ? io(url, all) : io(url));
  };
}

class Connection {
  #answered = []; // acknowledgement ids as they arrive, before the client hides a second answer to one request
  #asked = 0;
  #trouble = [];

  constructor(socket) {
    this.socket = socket;
    socket.io.on('packet', ({ type, id }) => type === ACK && this.#answered.push(id));
    socket.on('disconnect', (reason) => this.#trouble.push(`disconnected: ${reason}`));
    socket.on('connect_error', ({ message, description }) =>
      this.#trouble.push(`connect_error: ${message}, ${description?.message ?? description}`));
  }

  /** Resolves to the arguments of the acknowledgement. */
  ask(...request) {
    this.#asked++;
    return this.#soon(`the answer to ${JSON.stringify(request)}`, (done) =>
      this.socket.emit(...request, (...answer) => done(answer)));
  }

  /** Calls `then` within the connect event. */
  atConnect(then) {
    return this.#soon('connect', (done) => this.socket.once('connect', () => done(then())));
  }

  connected() {
    return this.socket.connected ? Promise.resolve() : this.atConnect(() => {});
  }

  transport() {
    return this.socket.io.engine.transport.name;
  }

  /** Resolves once the connection runs over WebSocket. */
  async onWebSocket() {
    await this.connected();
    const { engine } = this.socket.io;
    if (this.transport() !== 'websocket') {
      await this.#soon('the upgrade', (done) => engine.once('upgrade', done));
    }
    assert.equal(this.transport(), 'websocket');
  }

  close() {
    assert.deepEqual(this.#trouble, []);
    assert.equal(this.#answered.length, this.#asked, 'every request is answered once');
    assert(this.#answered.every((id, i, ids) => i === 0 || ids[i - 1] < id), `out of order: ${this.#answered}`);
    this.socket.removeAllListeners('disconnect');
    this.socket.disconnect();
  }

  #soon(what, start) {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`waited ${PATIENCE_MS} ms for ${what}; ${this.#trouble.join(', ') || 'connected'}`));
      const timer = setTimeout(late, PATIENCE_MS);
      start((value) => (clearTimeout(timer), resolve(value)));
    });
  }
}
