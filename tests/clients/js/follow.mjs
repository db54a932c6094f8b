// The client to copy, `examples/board/client/live.mjs`, case by case: the rule of "Nothing is missed" and "Coming back" in
// docs/protocol.md. There is no server: the socket is one whose other end is held here.
//
//     node follow.mjs

import assert from 'node:assert/strict';
import { Live } from '../../../examples/board/client/live.mjs';

const QUERY = { kind: 'fig' };
const BUSY = { code: 429, reason: 'too_many_calls', retry_after_ms: 70 };

// Time passes when it is told to.
let timers = [];
globalThis.setTimeout = (run, delay) => {
  const timer = { run, delay };
  timers.push(timer);
  return timer;
};
globalThis.clearTimeout = (timer) => (timers = timers.filter((other) => other !== timer));

/** Runs what waits, which waits so long. */
function elapses(delay) {
  assert.deepEqual(timers.map((timer) => timer.delay), [delay]);
  timers.shift().run();
}

/** What `io` of socket.io-client gives, as far as `Live` uses it. */
class Socket {
  connected = false;
  active = true;
  connects = 0;
  sent = [];
  heard = {};
  any = [];

  constructor(options) { this.options = options; }
  on(name, listener) { (this.heard[name] ??= []).push(listener); }
  onAny(listener) { this.any.push(listener); }
  emit(...request) { assert(this.connected, 'what is sent while away is kept, and asked twice'); this.sent.push(request); }
  connect() { this.connects += 1; this.active = true; }
  close() { this.active = false; if (this.connected) this.goes('io client disconnect'); }

  happens(name, ...details) { this.heard[name]?.forEach((listener) => listener(...details)); }
  shows() { let shown; this.options.auth((payload) => (shown = payload)); return shown; }
  comes() { const shown = this.shows(); this.connected = true; this.happens('connect'); return shown; }
  goes(reason = 'transport close') { this.connected = false; this.sent = []; this.happens('disconnect', reason); }
  refuses(message) { this.active = false; this.happens('connect_error', new Error(message)); }
  pushes(...push) { this.any.forEach((listener) => listener(...push)); }

  /** The very next request, without its acknowledgement, which answers it. */
  asked(...expected) {
    assert(this.sent.length > 0, `nothing was asked, not even ${JSON.stringify(expected)}`);
    const request = this.sent.shift();
    const answer = typeof request.at(-1) === 'function' ? request.pop() : undefined;
    assert.deepEqual(request, expected);
    return answer;
  }
  quiet() { assert.deepEqual(this.sent, []); }
}

/** A client that has connected and has asked, and what it was told. */
function asking(auth) {
  timers = [];
  const live = new Live('http://nowhere', auth, (_, options) => new Socket(options));
  const { socket } = live;
  const told = [];
  const watch = live.watch('note', QUERY, (what, detail) => told.push(detail === undefined ? what : [what, detail]));
  socket.comes();
  return { live, socket, watch, told, answer: socket.asked('note', 'watch', QUERY) };
}

/** One that has been answered one record, at position 5. */
function watching(auth) {
  const all = asking(auth);
  begins(all.answer);
  assert.deepEqual(all.told.splice(0), ['snapshot']);
  holds(all, { a: 1 });
  return all;
}

function begins(answer, pos = 5) {
  answer(null, { watch: 'w', records: [{ id: 'a', level: 1 }] }, { pos, revs: [3], epoch: 'e', view: 'v' });
}

function push({ socket }, action, record, pos, prev, view) {
  socket.pushes('note', action, record, { pos, prev, rev: pos, watch: 'w', ...(view && { view }) });
}

function holds({ watch }, expected) {
  assert.deepEqual(Object.fromEntries([...watch.records].map(([id, { level }]) => [id, level])), expected);
}

function state(pos = 5, view = 'v') {
  return { epoch: 'e', subs: [{ watch: 'w', resource: 'note', query: QUERY, pos, view }] };
}

function outcome(sub) {
  return { epoch: 'e', subs: [{ watch: 'w', resource: 'note', view: 'v', ...sub }] };
}

const cases = {
  'what is known already is dropped'() {
    const all = watching();
    for (const pos of [4, 5]) push(all, 'update', { id: 'a', level: 9 }, pos, 3);
    push(all, 'update', { id: 'a', level: 9 }, 4, 3, 'v2');
    holds(all, { a: 1 });
    assert.deepEqual(all.told, []);
    all.socket.quiet();
  },
  'what follows is applied'() {
    const all = watching();
    push(all, 'enter', { id: 'b', level: 2 }, 7, 5);
    push(all, 'update', { id: 'a', level: 3 }, 9, 2);
    push(all, 'leave', { id: 'b' }, 10, 9);
    push(all, 'leave', { id: 'nobody' }, 11, 10);
    holds(all, { a: 3 });
    assert.deepEqual(all.told.map(([what]) => what), ['enter', 'update', 'leave', 'leave']);
    all.socket.goes();
    assert.deepEqual(all.socket.shows().resume, state(11));
  },
  'a push with `view` is applied where it is at the same position'() {
    const all = watching();
    push(all, 'enter', { id: 'b', level: 2 }, 5, 5, 'v2');
    holds(all, { a: 1, b: 2 });
    all.socket.goes();
    assert.deepEqual(all.socket.shows().resume, state(5, 'v2'));
  },
  'a batch is one push'() {
    const all = watching();
    push(all, 'batch', [['enter', { id: 'b', level: 2 }, 6], ['leave', { id: 'a' }, 6]], 6, 5);
    push(all, 'batch', [], 6, 6, 'v2');
    holds(all, { b: 2 });
    assert.deepEqual(all.told, [['enter', { id: 'b', level: 2 }], ['leave', { id: 'a' }]]);
    all.socket.goes();
    assert.deepEqual(all.socket.shows().resume, state(6, 'v2'));
  },
  'what is behind a gap is asked for once, and comes after the answer'() {
    const all = watching();
    push(all, 'enter', { id: 'c', level: 3 }, 8, 6);
    push(all, 'update', { id: 'c', level: 4 }, 9, 8);
    holds(all, { a: 1 });
    const answer = all.socket.asked('sockful', 'resume', state());
    all.socket.quiet();
    answer(null, outcome({ outcome: 'replayed', n: 2, view: 'v2' }), {});
    push(all, 'enter', { id: 'b', level: 2 }, 6, 5);
    push(all, 'enter', { id: 'c', level: 3 }, 8, 6);
    holds(all, { a: 1, b: 2, c: 3 });
    assert.deepEqual(all.told[0], ['replayed', 2]);
    push(all, 'update', { id: 'c', level: 5 }, 12, 11);
    all.socket.asked('sockful', 'resume', state(8, 'v2'));
  },
  'a beat ahead is a gap, and one that is not is nothing'() {
    const all = watching();
    const beat = (last) => all.socket.pushes('sockful', 'pos', { pos: 30, watches: { w: last, unknown: 40 }, resources: {} });
    beat(5);
    all.socket.quiet();
    beat(6);
    beat(7);
    const answer = all.socket.asked('sockful', 'resume', state());
    all.socket.quiet();
    answer(null, outcome({ outcome: 'nothing', pos: 7 }), {});
    assert.deepEqual(all.told, ['nothing']);
    beat(7);
    all.socket.quiet();
  },
  'a gap is asked for again where the connection was lost meanwhile'() {
    const all = watching();
    push(all, 'enter', { id: 'c', level: 3 }, 8, 6);
    all.socket.goes();
    assert.deepEqual(all.socket.comes().resume, state());
    all.socket.pushes('sockful', 'resumed', outcome({ outcome: 'nothing', pos: 5 }));
    push(all, 'enter', { id: 'c', level: 3 }, 8, 6);
    all.socket.asked('sockful', 'resume', state());
  },
  'a reset by itself watches anew'() {
    const all = watching();
    all.socket.pushes('sockful', 'reset', { watch: 'w', resource: 'note', reason: 'overflow' }, { pos: 9 });
    push(all, 'enter', { id: 'b', level: 2 }, 6, 5);
    holds(all, { a: 1 });
    begins(all.socket.asked('note', 'watch', QUERY), 9);
    assert.deepEqual(all.told, ['snapshot']);
    push(all, 'enter', { id: 'b', level: 2 }, 10, 9);
    holds(all, { a: 1, b: 2 });
  },
  'the answer of a resume that a reset has overtaken is nothing'() {
    const all = watching();
    push(all, 'enter', { id: 'c', level: 3 }, 8, 6);
    const late = all.socket.asked('sockful', 'resume', state());
    all.socket.pushes('sockful', 'reset', { watch: 'w', resource: 'note', reason: 'overflow' }, { pos: 9 });
    const answer = all.socket.asked('note', 'watch', QUERY);
    late(null, outcome({ error: { code: 404 } }), {});
    all.socket.quiet();
    begins(answer, 9);
    assert.deepEqual(all.told, ['snapshot']);
  },
  'who comes back with a reset has what is there now'() {
    const all = watching();
    all.socket.goes();
    assert.deepEqual(all.socket.comes().resume, state());
    const sub = { watch: 'x', outcome: 'reset', pos: 2, view: 'v2', records: [{ id: 'z', level: 0 }], revs: [1] };
    all.socket.pushes('sockful', 'resumed', { epoch: 'another', subs: [{ resource: 'note', ...sub }] });
    holds(all, { z: 0 });
    assert.deepEqual(all.told, ['reset']);
    all.socket.goes();
    const { resume } = all.socket.shows();
    assert.deepEqual([resume.epoch, resume.subs[0].watch, resume.subs[0].pos, resume.subs[0].view], ['another', 'x', 2, 'v2']);
  },
  'outcomes are in the order asked'() {
    const all = watching();
    const other = [];
    all.live.watch('page', 'home', (what) => other.push(what));
    const page = { watch: 'p', records: [{ id: 'home' }] };
    all.socket.asked('page', 'watch', 'home')(null, page, { pos: 6, epoch: 'e', view: 'v' });
    all.socket.goes();
    assert.deepEqual(all.socket.comes().resume.subs.map(({ watch }) => watch), ['w', 'p']);
    const subs = [{ watch: 'w', outcome: 'nothing', pos: 7, view: 'v' }, { watch: 'q', outcome: 'replayed', n: 1, view: 'v' }];
    all.socket.pushes('sockful', 'resumed', { epoch: 'e', subs });
    all.socket.pushes('page', 'update', { id: 'home' }, { pos: 7, prev: 6, watch: 'q' });
    assert.deepEqual([all.told, other], [['nothing'], ['snapshot', 'replayed', 'update']]);
  },
  'an error that stays ends the watch'() {
    const { live, socket, told, answer } = asking();
    const error = { code: 403, reason: 'forbidden' };
    answer(error, null, null);
    assert.deepEqual(told, [['error', error]]);
    socket.goes();
    socket.comes();
    socket.quiet();
    assert.deepEqual([timers, live.socket.shows().resume], [[], undefined]);
  },
  'an error that passes is asked again after its delay'() {
    for (const [error, delay] of [[BUSY, 70], [{ code: 503, reason: 'closing', temporary: true }, 1000]]) {
      const { socket, told, answer } = asking();
      answer(error, null, null);
      socket.quiet();
      elapses(delay);
      begins(socket.asked('note', 'watch', QUERY));
      assert.deepEqual(told, ['snapshot']);
    }
  },
  'an error that passes is asked again at the next connect, and once'() {
    const { socket, told, answer } = asking();
    answer(BUSY, null, null);
    socket.goes();
    socket.comes();
    const again = socket.asked('note', 'watch', QUERY);
    elapses(70);
    socket.quiet();
    begins(again);
    assert.deepEqual(told, ['snapshot']);
  },
  'an error that passes is not asked again while away'() {
    const { socket, answer } = asking();
    answer(BUSY, null, null);
    socket.goes();
    elapses(70);
    socket.comes();
    socket.asked('note', 'watch', QUERY);
  },
  'what cannot go on is watched anew'() {
    for (const resumed of [outcome({ error: { code: 404, reason: 'unknown_watch' } }), { error: { code: 400, reason: 'invalid_resume' } }]) {
      const all = watching();
      all.socket.goes();
      all.socket.comes();
      all.socket.pushes('sockful', 'resumed', resumed);
      begins(all.socket.asked('note', 'watch', QUERY), 9);
      assert.deepEqual(all.told, ['snapshot']);
    }
  },
  'what cannot go on now is watched anew after the delay'() {
    for (const resumed of [outcome({ error: BUSY }), { error: BUSY }]) {
      const all = watching();
      all.socket.goes();
      all.socket.comes();
      all.socket.pushes('sockful', 'resumed', resumed);
      all.socket.quiet();
      elapses(70);
      all.socket.asked('note', 'watch', QUERY);
    }
    const all = watching();
    push(all, 'enter', { id: 'c', level: 3 }, 8, 6);
    all.socket.asked('sockful', 'resume', state())(BUSY, null, null);
    elapses(70);
    all.socket.asked('note', 'watch', QUERY);
  },
  'unwatch ends it on the server'() {
    const all = watching();
    all.live.unwatch(all.watch);
    all.socket.asked('note', 'unwatch', 'w');
    push(all, 'enter', { id: 'b', level: 2 }, 6, 5);
    holds(all, { a: 1 });
    assert.deepEqual(all.told, []);
  },
  'what is unwatched before its first answer is unwatched when that comes'() {
    const all = asking();
    all.live.unwatch(all.watch);
    all.socket.quiet();
    begins(all.answer);
    all.socket.asked('note', 'unwatch', 'w');
    assert.deepEqual(all.told, []);
    const failed = asking();
    failed.live.unwatch(failed.watch);
    failed.answer({ code: 403 }, null, null);
    failed.socket.quiet();
    assert.deepEqual(failed.told, []);
  },
  'what is unwatched and at once watched again goes on'() {
    const all = asking();
    all.live.unwatch(all.watch);
    const again = [];
    all.live.watch('note', { ...QUERY }, (what) => again.push(what));
    const answer = all.socket.asked('note', 'watch', QUERY);
    begins(all.answer);
    begins(answer);
    all.socket.quiet();
    assert.deepEqual([all.told, again], [[], ['snapshot']]);
  },
  'what waits for its delay is not asked when it is unwatched'() {
    const { live, socket, watch, answer } = asking();
    answer(BUSY, null, null);
    live.unwatch(watch);
    elapses(70);
    socket.quiet();
  },
  'what is unwatched while away is not shown'() {
    const all = watching();
    all.socket.goes();
    all.live.unwatch(all.watch);
    assert.equal(all.socket.comes().resume, undefined);
    all.socket.quiet();
  },
  'what is unwatched after it was shown is unwatched when it is told of'() {
    for (const sub of [{ outcome: 'nothing', pos: 5 }, { outcome: 'reset', pos: 5, records: [] }, { outcome: 'replayed', n: 1 }]) {
      const all = watching();
      all.socket.goes();
      all.socket.shows();
      all.live.unwatch(all.watch);
      all.socket.connected = true;
      all.socket.happens('connect');
      all.socket.pushes('sockful', 'resumed', outcome(sub));
      all.socket.asked('note', 'unwatch', 'w');
      assert.deepEqual(all.told, []);
    }
    const all = watching();
    all.socket.goes();
    all.socket.comes();
    all.live.unwatch(all.watch);
    all.socket.asked('note', 'unwatch', 'w');
    all.socket.pushes('sockful', 'resumed', { error: BUSY });
    all.socket.quiet();
    assert.deepEqual(timers, []);
  },
  'what is unwatched by whom it tells is told nothing more'() {
    const { live, socket, answer } = asking();
    begins(answer);
    const told = [];
    const watch = live.watch('page', {}, (what, record) => {
      told.push(record?.id ?? what);
      if (record?.id === 'b') live.unwatch(watch);
    });
    socket.asked('page', 'watch', {})(null, { watch: 'p', records: [] }, { pos: 5, epoch: 'e', view: 'v' });
    const items = ['b', 'c'].map((id) => ['enter', { id }, 6]);
    socket.pushes('page', 'batch', items, { pos: 6, prev: 5, watch: 'p' });
    assert.deepEqual(told, ['snapshot', 'b']);
    socket.asked('page', 'unwatch', 'p');
  },
  'who is refused connects again after the delay'() {
    for (const [message, delay] of [[JSON.stringify(BUSY), 70], ['{"code":401}', 5000], ['in words', 5000]]) {
      const all = watching();
      all.socket.goes();
      all.socket.refuses(message);
      assert.equal(all.socket.connects, 0);
      elapses(delay);
      assert.equal(all.socket.connects, 1);
      assert.deepEqual(all.socket.comes().resume, state());
    }
  },
  'who is sent away connects again'() {
    const all = watching();
    all.socket.active = false;
    all.socket.goes('io server disconnect');
    elapses(5000);
    assert.equal(all.socket.connects, 1);
  },
  'an attempt that failed is followed by those of socket.io-client'() {
    const { socket } = watching();
    socket.goes();
    socket.happens('connect_error', new Error('xhr poll error'));
    assert.deepEqual(timers, []);
  },
  'who closes stays away'() {
    const open = watching();
    open.live.close();
    const refused = watching();
    refused.socket.goes();
    refused.socket.refuses(JSON.stringify(BUSY));
    refused.live.close();
    assert.deepEqual([timers, open.socket.connects, refused.socket.connects], [[], 0, 0]);
  },
  'a function is asked for the login at each connect'() {
    let token = 0;
    const all = watching((show) => show({ token: (token += 1) }));
    all.socket.goes();
    assert.deepEqual(all.socket.comes(), { token: 2, resume: state() });
    const { socket } = watching({ token: 'same' });
    socket.goes();
    assert.deepEqual(socket.comes(), { token: 'same', resume: state() });
  },
};

for (const [promise, keeps] of Object.entries(cases)) {
  try {
    keeps();
  } catch (error) {
    console.error(`broken  ${promise}`);
    throw error;
  }
  console.log(`kept    ${promise}`);
}
