// Albums with songs, and songs with notes, on Feathers with Knex and better-sqlite3. Relatives are added in one of two ways:
//
// - `resolvers`, as the guide and the documentation of resolvers show it: a virtual property asks the service of the
//   children, once for each record;
// - `loaders`, the same property by @feathers-plus/batch-loader, which the documentation of feathers-hooks-common shows for that:
//   what the records of one answer ask for becomes one `$in`. (The documentation of Feathers 5 has a page on a loader of its
//   own, which is not published.)
//
// A write-ahead log, and `synchronous` as sockful has it. Knex keeps one connection to SQLite.
import { feathers } from '@feathersjs/feathers';
import { KnexService } from '@feathersjs/knex';
import { hooks as schemaHooks, resolve, virtual } from '@feathersjs/schema';
import socketio from '@feathersjs/socketio';
import BatchLoader from '@feathers-plus/batch-loader';
import knex from 'knex';

const [way, filename] = process.argv.slice(2);
const { getResultsByKey, getUniqueKeys } = BatchLoader;

const database = knex({
  client: 'better-sqlite3',
  connection: { filename },
  useNullAsDefault: true,
  pool: {
    min: 1,
    max: 1,
    afterCreate(connection, done) {
      connection.pragma('journal_mode = WAL');
      connection.pragma('synchronous = FULL');
      done();
    },
  },
});

await database.schema.createTable('album', (table) => {
  table.string('id').primary();
  table.string('title').notNullable();
});
await database.schema.createTable('song', (table) => {
  table.string('id').primary();
  table.string('album_id').notNullable().references('id').inTable('album').index();
  table.string('title').notNullable();
});
await database.schema.createTable('note', (table) => {
  table.string('id').primary();
  table.string('song_id').notNullable().references('id').inTable('song').index();
  table.text('text').notNullable();
});

const app = feathers();
app.configure(socketio({ transports: ['websocket'] }));

const children = {
  // What each record asks for by itself.
  resolvers: (service, field) =>
    virtual(async (record, context) =>
      context.app.service(service).find({ query: { [field]: record.id, $sort: { id: 1 } } }),
    ),
  // What all records of an answer ask for together, by the loader of that call.
  loaders: () => virtual(async (record, context) => context.params.children.load(record.id)),
}[way];

// A loader for each call: it remembers what it has loaded.
const load = (service, field) => async (context) => {
  const loader = new BatchLoader(async (keys) => {
    const query = { [field]: { $in: getUniqueKeys(keys) }, $sort: { id: 1 } };
    const found = await context.app.service(service).find({ query });
    return getResultsByKey(keys, found, (record) => record[field], '[!]');
  });
  context.params = { ...context.params, children: loader };
};

const methods = ['get', 'find', 'create'];
const serve = (name, relatives, service, field) => {
  app.use(name, new KnexService({ Model: database, name, id: 'id' }), { methods });
  const around = [schemaHooks.resolveExternal(), schemaHooks.resolveResult(resolve(relatives))];
  const before = way === 'loaders' && service ? [load(service, field)] : [];
  app.service(name).hooks({ around: { all: around }, before: { all: before } });
};
serve('album', { songs: children('song', 'album_id') }, 'song', 'album_id');
serve('song', { notes: children('note', 'song_id') }, 'note', 'song_id');
serve('note', {});

const server = await app.listen(0, '127.0.0.1');
if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
console.log(`listening on 127.0.0.1:${server.address().port}`);
