// The page of the example `board` in Chromium, as `browser.rs` runs it: people look at it together, each in a window of their own.
//
//     node browser.mjs /usr/bin/chromium http://127.0.0.1:3000 together | crash | markup | looks [PICTURES]
//
// `crash` in its output asks for the server to be killed and started again, and waits for a line of input. `looks` leaves its
// pictures in a folder, where one is named.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const PATIENCE_MS = 60_000; // a client that has lost its server asks for it again within some seconds
const LOST = /ERR_(CONNECTION_\w+|EMPTY_RESPONSE|INTERNET_DISCONNECTED)/; // what Chromium says of a server that is not there

const [program, url, scenario, pictures] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: program });

/** A page that somebody has open, and what they do to it. */
class Window {
  #loads = 0;
  #trouble = [];

  static async open(options = {}) {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    const window = new Window();
    window.page = await context.newPage();
    window.page.on('domcontentloaded', () => window.#loads++);
    window.page.on('pageerror', (error) => window.#trouble.push(String(error)));
    window.page.on('dialog', (dialog) => (window.#trouble.push(dialog.message()), dialog.dismiss()));
    window.page.on('console', (said) => ['error', 'warning'].includes(said.type()) && window.#trouble.push(said.text()));
    await window.page.goto(url);
    await window.says('connected');
    return window;
  }

  /** Types a card, without a mouse. */
  async add(text) {
    await this.page.locator('form input').focus();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** What is at the n-th card of a column. */
  at(column, n, what) {
    const article = this.page.locator(`#${column} article`).nth(n);
    return what === 'text' ? article.getByRole('textbox') : article.getByRole('button', { name: what });
  }

  says(text) {
    return this.#until(([text]) => document.querySelector('output').textContent === text, [text]);
  }

  /** The board is this, or comes to be it. */
  shows(board) {
    return this.#until(([board]) => {
      const cards = (column) => [...document.querySelectorAll(`#${column} textarea`)].map((field) => field.value);
      return JSON.stringify(['todo', 'doing', 'done'].map(cards)) === board;
    }, [JSON.stringify(board)]);
  }

  /** Whether somebody else is seen to type. */
  typing(yes) {
    return this.#until(([yes]) => (document.querySelector('.typing') !== null) === yes, [yes]);
  }

  /** The name of what has the focus. */
  focused() {
    return this.page.evaluate(() => document.activeElement.ariaLabel);
  }

  /** Nothing has gone wrong but what may, and the page is the one that was opened. */
  async close(may = /^$/) {
    assert.deepEqual(this.#trouble.filter((text) => !may.test(text)), []);
    assert.equal(this.#loads, 1, 'the page was loaded once');
    await this.page.context().close();
  }

  async #until(holds, given) {
    try {
      await this.page.waitForFunction(holds, given);
    } catch (error) {
      const shown = await this.page.evaluate(() => document.body.innerText + JSON.stringify([...document.querySelectorAll('textarea')].map((it) => it.value)));
      throw new Error(`waited for ${given}: ${error.message}\nit shows ${shown}\n${this.#trouble.join('\n')}`);
    }
  }
}

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function crash() {
  console.log('crash');
  await input.next();
}

const scenarios = {
  async together() {
    const [ann, bob] = [await Window.open(), await Window.open()];
    const both = (board) => Promise.all([ann.shows(board), bob.shows(board)]);
    await both([[], [], []]);
    await ann.add('buy milk');
    await both([['buy milk'], [], []]);
    await bob.page.getByPlaceholder('What is there to do?').click();
    await bob.page.keyboard.type('feed the cat');
    await bob.page.getByRole('button', { name: 'Add' }).click();
    await both([['buy milk', 'feed the cat'], [], []]);
    console.log('kept    a card that one adds, the other sees');

    await bob.at('todo', 1, 'Move on').click();
    await both([['buy milk'], ['feed the cat'], []]);
    // From the text of the first card to its second button; the first leads nowhere.
    await ann.at('todo', 0, 'text').focus();
    await ann.page.keyboard.press('Tab');
    assert.equal(await ann.focused(), 'Move on');
    await ann.page.keyboard.press('Enter');
    await both([[], ['buy milk', 'feed the cat'], []]);
    assert.equal(await ann.focused(), 'Move on', 'the focus goes with the card');
    await ann.page.keyboard.press('Space');
    await both([[], ['feed the cat'], ['buy milk']]);
    assert.equal(await ann.focused(), 'Move back', 'from here it only goes back');
    await ann.page.keyboard.press('Enter');
    await both([[], ['buy milk', 'feed the cat'], []]);
    console.log('kept    a card that one moves, by mouse or by keyboard, the other sees move');

    await ann.at('doing', 0, 'text').click();
    await ann.page.keyboard.press('Home');
    await ann.page.keyboard.type('please ');
    await bob.typing(true);
    await bob.at('doing', 0, 'text').click();
    await bob.page.keyboard.press('End');
    await bob.page.keyboard.type(' and tea');
    await bob.page.keyboard.press('Enter');
    await bob.at('doing', 1, 'Move back').click();
    await bob.at('doing', 0, 'Move back').click();
    await ann.shows([['please buy milk', 'feed the cat'], [], []]);
    await bob.shows([['buy milk and tea', 'feed the cat'], [], []]);
    await ann.page.keyboard.type('quickly ');
    await ann.page.keyboard.press('Enter');
    await both([['please quickly buy milk', 'feed the cat'], [], []]);
    await bob.typing(false);
    console.log('kept    words that one is typing stay while the other changes and moves the card, who sees that and then the words');

    await bob.at('todo', 0, 'Remove').click();
    await both([['feed the cat'], [], []]);
    console.log('kept    a card that one removes is gone for the other');
    await Promise.all([ann.close(), bob.close()]);
  },

  async crash() {
    const [ann, bob] = [await Window.open(), await Window.open()];
    const both = (board) => Promise.all([ann.shows(board), bob.shows(board)]);
    await ann.add('buy milk');
    await both([['buy milk'], [], []]);
    await bob.add('feed the cat');
    await both([['buy milk', 'feed the cat'], [], []]);
    await crash();
    await Promise.all([ann.says('back: nothing was missed'), bob.says('back: nothing was missed')]);
    await both([['buy milk', 'feed the cat'], [], []]);
    await ann.at('todo', 0, 'Move on').click();
    await both([['feed the cat'], ['buy milk'], []]);
    await bob.add('sleep');
    await both([['feed the cat', 'sleep'], ['buy milk'], []]);
    console.log('kept    both windows go on where they were when the server was killed');

    await bob.page.context().setOffline(true);
    await crash();
    await bob.says('the server is gone');
    await ann.says('back: nothing was missed');
    await ann.at('todo', 1, 'Move on').click();
    await ann.add('wake up');
    await ann.shows([['feed the cat', 'wake up'], ['buy milk', 'sleep'], []]);
    await bob.shows([['feed the cat', 'sleep'], ['buy milk'], []]);
    await bob.page.context().setOffline(false);
    await bob.says('back: 2 changes were missed');
    await both([['feed the cat', 'wake up'], ['buy milk', 'sleep'], []]);
    await bob.at('todo', 1, 'Remove').click();
    await both([['feed the cat'], ['buy milk', 'sleep'], []]);
    console.log('kept    who comes back later is told what was missed meanwhile');
    await Promise.all([ann.close(LOST), bob.close(LOST)]);
  },

  async markup() {
    const text = '<img src=x onerror="alert(1)"><b>bold</b> &amp;';
    const [ann, bob] = [await Window.open(), await Window.open()];
    await ann.add(text);
    await Promise.all([ann.shows([[text], [], []]), bob.shows([[text], [], []])]);
    const late = await Window.open();
    await late.shows([[text], [], []]);
    for (const window of [ann, bob, late]) {
      assert.equal(await window.page.locator('img, b').count(), 0);
      await window.close(); // where `alert` would be trouble
    }
    console.log('kept    text that looks like markup stays text');
  },

  async looks() {
    const ann = await Window.open();
    const long = 'read the letter of the landlord, who writes of the roof, the cellar, the stairs and the neighbour’s dog';
    for (const text of ['buy milk', 'feed the cat', 'x'.repeat(80), long, 'sleep']) await ann.add(text);
    await ann.shows([['buy milk', 'feed the cat', 'x'.repeat(80), long, 'sleep'], [], []]);
    await ann.at('todo', 1, 'Move on').click();
    await ann.at('doing', 0, 'Move on').click();
    await ann.at('todo', 1, 'Move on').click();
    await ann.shows([['buy milk', long, 'sleep'], ['x'.repeat(80)], ['feed the cat']]);
    await ann.close();
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [400, 1400]) {
        const window = await Window.open({ colorScheme, viewport: { width, height: 900 }, isMobile: width === 400 });
        await window.shows([['buy milk', long, 'sleep'], ['x'.repeat(80)], ['feed the cat']]);
        await window.page.locator('form input').focus();
        if (pictures) await window.page.screenshot({ path: `${pictures}/${colorScheme}-${width}.png`, fullPage: true });
        const look = await window.page.evaluate(() => {
          const bright = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
          const { color, backgroundColor } = getComputedStyle(document.body);
          const fields = [...document.querySelectorAll('textarea')];
          return {
            wide: document.documentElement.scrollWidth,
            beside: new Set([...document.querySelectorAll('section')].map((it) => it.offsetTop)).size === 1,
            whole: fields.every((field) => field.scrollWidth <= field.clientWidth && field.scrollHeight <= field.clientHeight),
            dark: bright(backgroundColor) < bright(color),
          };
        });
        assert.deepEqual(look, { wide: width, beside: width > 400, whole: true, dark: colorScheme === 'dark' }, `${colorScheme} ${width}`);
        await window.close();
      }
    }
    console.log('kept    nothing is cut off on a phone or a large screen, by day and by night');
  },
};

await scenarios[scenario]();
await browser.close();
process.stdin.destroy();
