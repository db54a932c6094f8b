// The same, telling others of changes as its guide shows: connections join a channel, and services publish to it.
import { feathers } from '@feathersjs/feathers';
import { MemoryService } from '@feathersjs/memory';
import socketio from '@feathersjs/socketio';

class Creatures extends MemoryService {
  async join({ name }, { connection }) {
    app.channel(name).join(connection);
    return name;
  }
}

const app = feathers();
app.configure(socketio({ transports: ['websocket'] }));
app.use('creature', new Creatures({ id: 'id', multi: true }), {
  methods: ['get', 'create', 'patch', 'join'],
});
app.service('creature').publish((creature) => app.channel(creature.name));

const server = await app.listen(0, '127.0.0.1');
if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
console.log(`listening on 127.0.0.1:${server.address().port}`);
