// The board in a terminal:
//
//     node terminal.mjs [http://127.0.0.1:3000]
//
//     add buy milk      a card
//     move 1 doing      a card to another column: todo, doing, done
//     drop 1            a card away
//     show              all cards

import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Live } from './live.mjs'

const [url = 'http://127.0.0.1:3000'] = process.argv.slice(2)
const live = new Live(url)

const cards = live.watch('card', { board_id: 'main' }, (what, detail) => {
  if (what === 'snapshot') show()
  else if (what === 'leave') console.log('- a card has gone')
  else if (what === 'enter') console.log(`+ ${line(detail)}`)
  else if (what === 'update') console.log(`~ ${line(detail)}`)
  else if (what === 'replayed') console.log(`back: ${detail} missed`)
  else if (what === 'nothing') console.log('back: nothing missed')
  else if (what === 'reset') console.log('back: all is read anew'), show()
  else console.log(`the board cannot be watched: ${detail.message}`)
})

live.socket.on('disconnect', () => console.log('the server is gone'))

createInterface({ input: process.stdin })
  .on('line', (text) => {
    const [, word, rest = ''] = text.match(/^(\S*)\s*(.*)$/)
    const [number, column] = rest.split(' ')
    const id = sorted()[number - 1]?.id
    if (word === 'add') ask('create', { board_id: 'main', text: rest })
    else if (word === 'show') show()
    else if (word === 'move' && id) ask('update', { id, column })
    else if (word === 'drop' && id) ask('destroy', id)
    else console.log('add TEXT | move NUMBER todo|doing|done | drop NUMBER | show')
  })
  .on('close', () => live.close())

/** A request that the server may be asked twice: its `op` says that it is the same. */
function ask(action, payload) {
  live.socket.emit('card', action, payload, { op: randomUUID() }, (error) => error && console.log(`! ${error.message}`))
}

function show() {
  sorted().forEach((card, i) => console.log(`  ${i + 1} ${line(card)}`))
  console.log(`${cards.records.size} cards`)
}

/** In the order in which they were made, which is that of their ids. */
function sorted() {
  return [...cards.records.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function line({ column, text }) {
  return `${column.padEnd(5)} ${text}`
}
