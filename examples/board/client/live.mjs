// A copy of the records that you watch, kept up to date over one stock socket and through interruptions. Made to be copied
// into your own program; what it follows is the section "Live" of docs/protocol.md.
//
//     const live = new Live('http://127.0.0.1:3000')
//     const cards = live.watch('card', { board_id: 'main' }, (what, detail) => draw(cards.records))
//
// `what` is told after each thing that has happened:
//
//     'snapshot'                    all records, as they are now
//     'enter' 'update' 'leave'      one has changed; `detail` is the record, of a `leave` its id alone
//     'nothing' 'replayed' 'reset'  after an interruption: nothing was missed; `detail` changes were, and follow; all is read anew
//     'error'                       it is not watched any more; `detail` says why. An error that passes is not told: it is asked again
//
// Records are known by their field `id`. Of resources that are pushed without being watched it takes no notice. `auth` is what
// logs in, as socket.io-client takes it: an object, or a function that is called at each connect, `(show) => show({ token })`.
// To show a new token on a live connection, and to watch again what had ended as `token_expired`, is your program's.

import { io } from 'socket.io-client'

export class Live {
  #epoch // which life of the server's log the positions belong to
  #watches = new Set()
  #shown = [] // those that were shown when the socket connected
  #comeback // the timer of the next attempt to connect, where socket.io-client makes none

  constructor(url, auth = {}, connect = io) {
    const shown = () => (this.#shown = [...this.#watches].filter((watch) => watch.pos !== null))
    const login = typeof auth === 'function' ? auth : (show) => show(auth)
    this.socket = connect(url, { auth: (show) => login((payload) => show({ ...payload, resume: this.#state(shown()) })) })
    this.socket.onAny((name, what, told, meta) => {
      if (meta?.watch) this.#push(what, told, meta)
      else if (name === 'sockful' && what === 'resumed') this.#resumed(told, this.#shown)
      else if (name === 'sockful' && what === 'reset') this.#of(told.watch).forEach((watch) => this.#ask(watch))
      else if (name === 'sockful' && what === 'pos') this.#beat(told.watches)
    })
    // What was never answered the server cannot go on with.
    this.socket.on('connect', () => this.#watches.forEach((watch) => watch.pos === null && this.#ask(watch)))
    this.socket.on('disconnect', (reason) => {
      this.#watches.forEach((watch) => (watch.asking = false))
      if (reason === 'io server disconnect') this.#connectLater()
    })
    this.socket.on('connect_error', ({ message }) => this.#connectLater(message))
  }

  /** Use this rather than `socket.close()`, which knows nothing of an attempt to come. */
  close() {
    clearTimeout(this.#comeback)
    this.socket.close()
  }

  /** Watches the records that match; those there are now are in `.records`, by their ids. Ask each question once, and share it. */
  watch(resource, query, told) {
    const watch = { resource, query, told, records: new Map(), id: null, view: null, pos: null, asking: false }
    this.#watches.add(watch)
    if (this.socket.connected) this.#ask(watch)
    return watch
  }

  unwatch(watch) {
    this.#watches.delete(watch)
    if (watch.id) this.#end(watch, watch.id) // else it is ended when the first answer is here
  }

  /** Ends on the server what is not watched any more: the same question may have been asked again meanwhile. */
  #end({ resource, query }, id) {
    const same = (other) => other.resource === resource && JSON.stringify(other.query) === JSON.stringify(query)
    if (this.socket.connected && ![...this.#watches].some(same)) this.socket.emit(resource, 'unwatch', id)
  }

  #ask(watch) {
    watch.pos = null
    watch.asking = true
    // A callback, not a promise: pushes that follow the answer come before whatever waits for a promise.
    this.socket.emit(watch.resource, 'watch', watch.query, (error, result, meta) => {
      if (!this.#watches.has(watch)) { // it was unwatched meanwhile
        if (!error) this.#end(watch, result.watch)
        return
      }
      watch.asking = false
      if (error && passes(error)) return this.#askLater(watch, error)
      if (error) {
        this.#watches.delete(watch)
        return watch.told('error', error)
      }
      this.#epoch = meta.epoch
      this.#begin(watch, { id: result.watch, records: result.records, view: meta.view, pos: meta.pos })
      watch.told('snapshot')
    })
  }

  /** After the delay that the error tells; where the connection is lost before, the next `connect` asks. */
  #askLater(watch, { retry_after_ms = 1000 }) {
    watch.pos = null
    watch.asking = false
    setTimeout(() => {
      const waits = this.#watches.has(watch) && watch.pos === null && !watch.asking
      if (waits && this.socket.connected) this.#ask(watch)
    }, retry_after_ms)
  }

  /** socket.io-client does not try again by itself where the server has refused it, or sent it away: `active` is false then. */
  #connectLater(message) {
    if (this.socket.active) return
    let delay = 5000
    try { delay = JSON.parse(message).retry_after_ms ?? delay } catch {} // others than sockful refuse in words of their own
    clearTimeout(this.#comeback)
    this.#comeback = setTimeout(() => this.socket.connect(), delay)
  }

  #begin(watch, { id, records, view, pos }) {
    Object.assign(watch, { id, view, pos })
    watch.records.clear()
    for (const record of records) watch.records.set(record.id, record)
  }

  #push(action, told, { pos, prev, watch: id, view }) {
    for (const watch of this.#of(id)) {
      // It is known already, unless it says what else may be read since.
      if (watch.pos === null || pos < watch.pos || (pos === watch.pos && !view)) continue
      if (prev > watch.pos) { this.#resume(watch); continue } // something before it is missing
      watch.pos = pos
      watch.view = view ?? watch.view // what may be read has changed
      const items = action === 'batch' ? told : [[action, told]] // all that one transaction has changed
      for (const [action, record] of items) {
        if (action === 'leave') watch.records.delete(record.id)
        else watch.records.set(record.id, record)
      }
      // Whoever is told of one may unwatch.
      for (const [action, record] of items) if (this.#watches.has(watch)) watch.told(action, record)
    }
  }

  /** From time to time the server says what it has pushed last of each watch. */
  #beat(watches) {
    for (const [id, last] of Object.entries(watches)) {
      for (const watch of this.#of(id)) if (watch.pos !== null && last > watch.pos) this.#resume(watch)
    }
  }

  #resume(watch) {
    if (watch.asking) return
    watch.asking = true
    this.socket.emit('sockful', 'resume', this.#state([watch]), (error, told) => {
      this.#resumed(error ? { error } : told, [watch])
    })
  }

  #resumed({ epoch, subs, error }, watches) {
    if (!error) this.#epoch = epoch
    watches.forEach((watch, place) => {
      const sub = error ? { error } : subs[place] // they are in the order asked
      if (!this.#watches.has(watch)) {
        if (!sub.error) this.#end(watch, sub.watch)
        return
      }
      if (watch.pos === null) return // a `reset` was faster: it is asked anew
      watch.asking = false
      if (sub.error) return passes(sub.error) ? this.#askLater(watch, sub.error) : this.#ask(watch)
      watch.id = sub.watch
      watch.view = sub.view
      if (sub.outcome === 'reset') this.#begin(watch, { ...sub, id: sub.watch })
      if (sub.outcome === 'nothing') watch.pos = sub.pos // what was missed follows, and has positions of its own
      watch.told(sub.outcome, sub.n)
    })
  }

  #state(watches) {
    const subs = watches.map(({ id, resource, query, pos, view }) => ({ watch: id, resource, query, pos, view }))
    return subs.length > 0 ? { epoch: this.#epoch, subs } : undefined
  }

  #of(id) {
    return [...this.#watches].filter((watch) => watch.id === id)
  }
}

/** Whether the same may be answered otherwise later. */
function passes(error) {
  return error.temporary || error.retry_after_ms !== undefined
}
