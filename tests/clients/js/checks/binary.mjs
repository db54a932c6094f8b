import assert from 'node:assert/strict';

export default {
  'binary is refused and the connection goes on': ({ dial }) => refused(dial(), 'bytes'),

  'binary in base64 over polling too': ({ dial, transports }) =>
    transports === 'default' && refused(dial({ transports: ['polling'] }), 'base64'),
};

async function refused(connection, prefix) {
  await connection.connected();
  const records = [Buffer.from('bytes'), new Uint8Array(50_000).buffer, [new Uint8Array(3), new Uint8Array(0)]]
    .map((bytes, i) => ({ id: `${prefix}-${i}`, name: 'Binary', tags: [bytes] }));
  for (const record of records) {
    const [err, result, meta] = await connection.ask('creature', 'create', record);
    assert.deepEqual([err.code, err.name, err.reason, result, meta], [400, 'BadRequest', 'binary_unsupported', null, null]);
    connection.socket.emit('creature', 'create', record); // refused as well, though nobody is told
    assert.equal((await connection.ask('creature', 'get', record.id))[0].reason, 'not_found');
  }
  connection.close();
}
