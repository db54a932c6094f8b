// Runs the JavaScript of the README against a running example, and compares what it prints with what the README says:
//
//     node readme.mjs ../../../README.md http://127.0.0.1:3000 [albums|board]
//
// The snippets are those for this example, whose name stands behind their language; without a name those for `creatures`, which have
// none. The only change to a snippet is the address it connects to.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PATIENCE_MS = 20_000;
const SETTLE_MS = 300; // in which a snippet would print what the README does not say
const ADDRESS = /https?:\/\/(localhost|127\.0\.0\.1):\d+/g;

const [readme, url, example = ''] = process.argv.slice(2);
assert(readme && url, 'usage: readme.mjs README URL [EXAMPLE]');
assert(existsSync(readme), `there is no ${readme} to take a snippet from`);

for (const { snippet, output } of find(readFileSync(readme, 'utf8'))) {
  assert(snippet.search(ADDRESS) >= 0, `the snippet names no address such as http://localhost:3000:\n${snippet}`);
  const { printed, complaints } = await run(snippet.replace(ADDRESS, url), output);
  assert.equal(printed, output, `the README says otherwise${complaints && `:\n${complaints}`}`);
  console.log(`kept    a snippet prints what the README says: ${output.split('\n')[0]}`);
}

/** The blocks in `js` that connect to the example, each with the block in `text` that follows it. */
function find(markdown) {
  const blocks = [...markdown.matchAll(/^```(\w*) ?([^\n]*)\n(.*?)^```$/gms)]
    .map(([, language, of, text]) => ({ language, of, text: text.trimEnd() }));
  const found = blocks.flatMap(({ language, of, text: snippet }, i) => {
    if (language !== 'js' || of !== example || !snippet.includes('io(')) return [];
    assert.equal(blocks[i + 1]?.language, 'text', `the README does not say in a \`\`\`text block what this prints:\n${snippet}`);
    return [{ snippet, output: blocks[i + 1].text }];
  });
  assert(found.length > 0, `${readme} has no \`\`\`js block for ${example || 'creatures'} that mentions io(`);
  return found;
}

/** A snippet that leaves its socket open is ended once it has printed all of `output`. */
async function run(snippet, output) {
  // Read from standard input, so that its imports are found from this folder.
  const child = spawn(process.execPath, ['--input-type=module', '-'], { cwd: fileURLToPath(new URL('.', import.meta.url)) });
  let printed = '';
  let complaints = '';
  child.stdout.on('data', (text) => (printed += text));
  child.stderr.on('data', (text) => (complaints += text));
  child.stdin.end(snippet);
  let ended = false;
  const end = new Promise((resolve) => child.on('close', () => resolve((ended = true))));
  for (const start = Date.now(); !ended && printed.length < output.length && Date.now() - start < PATIENCE_MS;) await sleep(20);
  await Promise.race([end, sleep(SETTLE_MS)]);
  child.kill();
  await end;
  return { printed: printed.trimEnd(), complaints };
}
