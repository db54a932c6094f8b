// Runs the first JavaScript of the README that connects, against a running example, and compares what it prints:
//
//     node readme.mjs ../../../README.md http://127.0.0.1:3000
//
// The only change to the snippet is the address it connects to.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PATIENCE_MS = 20_000;

const [readme, url] = process.argv.slice(2);
assert(readme && url, 'usage: readme.mjs README URL');
assert(existsSync(readme), `there is no ${readme} to take a snippet from`);

const { snippet, output } = find(readFileSync(readme, 'utf8'));
const address = /https?:\/\/(localhost|127\.0\.0\.1):\d+/g;
assert(snippet.search(address) >= 0, `the snippet names no address such as http://localhost:3000:\n${snippet}`);

// Read from standard input, so that its imports are found from this folder.
const run = spawnSync(process.execPath, ['--input-type=module', '-'], {
  cwd: fileURLToPath(new URL('.', import.meta.url)),
  input: snippet.replace(address, url),
  encoding: 'utf8',
  timeout: PATIENCE_MS,
});
const printed = `it printed\n${run.stdout}\n${run.stderr}`;
assert.notEqual(run.error?.code, 'ETIMEDOUT', `the snippet does not end by itself: does it close its socket? ${printed}`);
assert.equal(run.status, 0, `the snippet fails: ${printed}`);
assert.equal(run.stdout.trim(), output.trim(), 'the README says what the snippet prints');
console.log('kept    the snippet of the README prints what the README says');

/** The first block in `js` that connects, and the block in `text` that follows it. */
function find(markdown) {
  const blocks = [...markdown.matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text }));
  const at = blocks.findIndex(({ language, text }) => language === 'js' && text.includes('io('));
  assert(at >= 0, `${readme} has no \`\`\`js block that mentions io(`);
  const after = blocks.slice(at + 1).find(({ language }) => ['text', 'js'].includes(language));
  assert(after?.language === 'text', `${readme} does not say in a \`\`\`text block what its snippet prints`);
  return { snippet: blocks[at].text, output: after.text };
}
