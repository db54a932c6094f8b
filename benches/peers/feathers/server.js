// The resource of the benchmarks on Feathers: its own memory service, no hooks, no channels.
import { feathers } from '@feathersjs/feathers';
import { MemoryService } from '@feathersjs/memory';
import socketio from '@feathersjs/socketio';

class Creatures extends MemoryService {
  async feed({ id, food }) {
    const creature = await this.get(id);
    await this.patch(id, { hunger: (creature.hunger + 255) % 256 });
    return `${creature.name} ate ${food}`;
  }
}

const app = feathers();
app.configure(socketio({ transports: ['websocket'] }));
app.use('creature', new Creatures({ id: 'id' }), {
  methods: ['get', 'create', 'patch', 'feed'],
});

const server = await app.listen(0, '127.0.0.1');
if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
console.log(`listening on 127.0.0.1:${server.address().port}`);
