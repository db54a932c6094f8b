// The resource of the benchmarks on Feathers with Knex and better-sqlite3, as its documentation shows: the service of
// the adapter, and hooks for the two fields that SQLite keeps as text.
//
// The settings are those its users choose: a write-ahead log, as better-sqlite3 advises, with `synchronous` as
// better-sqlite3 builds it in, NORMAL: an answer does not wait for the disk. Knex keeps one connection to SQLite.
import { feathers } from '@feathersjs/feathers';
import { KnexService } from '@feathersjs/knex';
import socketio from '@feathersjs/socketio';
import knex from 'knex';

const database = knex({
  client: 'better-sqlite3',
  connection: { filename: process.argv[2] },
  useNullAsDefault: true,
  pool: {
    min: 1,
    max: 1,
    afterCreate(connection, done) {
      connection.pragma('journal_mode = WAL');
      done();
    },
  },
});

await database.schema.createTable('creature', (table) => {
  table.string('id').primary();
  table.string('name').notNullable().index();
  table.integer('hunger').notNullable();
  table.text('kind');
  table.text('tags').notNullable();
});

const NESTED = ['kind', 'tags'];

// Nested values are text in the table.
const write = async (context) => {
  for (const field of NESTED) {
    if (context.data[field] !== undefined) context.data[field] = JSON.stringify(context.data[field]);
  }
};
const read = async (context) => {
  const { result } = context;
  for (const record of Array.isArray(result) ? result : [result]) {
    for (const field of NESTED) record[field] = JSON.parse(record[field]);
  }
};

const app = feathers();
app.configure(socketio({ transports: ['websocket'] }));
app.use('creature', new KnexService({ Model: database, name: 'creature', id: 'id' }), {
  methods: ['get', 'find', 'create', 'patch'],
});
app.service('creature').hooks({
  before: { create: [write], patch: [write] },
  after: { all: [read] },
});

const server = await app.listen(0, '127.0.0.1');
if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
console.log(`listening on 127.0.0.1:${server.address().port}`);
