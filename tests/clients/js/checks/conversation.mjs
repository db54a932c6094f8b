// docs/protocol.md, as a stock client hears it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const page = new URL('../../../../docs/protocol.md', import.meta.url);

export default {
  'every documented request has the documented answer': async ({ dial }) => {
    const exchanges = read(readFileSync(page, 'utf8'));
    assert(exchanges.length > 20, 'docs/protocol.md holds the conversation');
    const connection = dial();
    let next;
    for (const [written, expected] of exchanges) {
      const request = withCursor(written, next);
      const answer = await connection.ask(...request);
      assert.deepEqual(answer, filled(expected, answer), `-> ${JSON.stringify(request)}`);
      next = answer[2]?.next ?? next;
    }
    connection.close();
  },
};

/** The pairs of `->` and `<-` in the wire blocks; an argument list may go on over several lines. */
function read(markdown) {
  const lists = [...markdown.matchAll(/^```wire\n(.*?)^```$/gms)]
    .flatMap(([, block]) => block.trim().split(/\n(?=->|<-)/));
  return lists.flatMap((list, i) => {
    if (list.startsWith('<-')) return [];
    assert(list.startsWith('->') && lists[i + 1]?.startsWith('<-'), `a request with its answer: ${list}`);
    return [[JSON.parse(list.slice(2)), JSON.parse(lists[i + 1].slice(2))]];
  });
}

/** `<next>` stands for the last cursor. */
function withCursor(request, next) {
  return JSON.parse(JSON.stringify(request), (_, value) => (value === '<next>' ? next : value));
}

/** `<text>` stands for any text. */
function filled(expected, actual) {
  if (expected === '<text>' && typeof actual === 'string') return actual;
  if (expected === null || typeof expected !== 'object') return expected;
  const entries = Object.entries(expected).map(([key, value]) => [key, filled(value, actual?.[key])]);
  return Array.isArray(expected) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
