import assert from 'node:assert/strict';
import { creature } from '../creature.mjs';

// Two, three and four bytes a letter, letters joined of several, what JSON escapes, what ends a JavaScript line.
const samples = ['Grüße', '日本語', '🐉👩‍👩‍👧', 'e\u0301', 'שלום', '"\\/\b\f\n\r\t\u0001', '\u2028\u2029', ' ', 'null', '${x}</script>'];

export default {
  'text comes back as it was sent, in values and in ids': async ({ dial }) => {
    const connection = dial();
    for (const [i, sample] of samples.entries()) {
      const record = creature({ id: `text-${i}-${sample}`, name: sample, tags: samples });
      const [err, made, { rev }] = await connection.ask('creature', 'create', record);
      assert.deepEqual([err, made], [null, record]);
      assert.deepEqual(await connection.ask('creature', 'get', record.id), [null, record, { rev }]);
    }
    connection.close();
  },

  'an error names an unknown field in its own letters': async ({ dial }) => {
    const connection = dial();
    const [err] = await connection.ask('creature', 'create', { name: 'Tall', größe: 1, '高さ"': 2 });
    assert.equal(err.reason, 'invalid');
    assert.deepEqual(Object.entries(err.errors).map(([path, [{ code }]]) => [path, code]).sort(),
      [['größe', 'unknown_field'], ['高さ"', 'unknown_field']]);
    connection.close();
  },
};
