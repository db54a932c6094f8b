/** A creature as the server answers it. */
export const creature = (fields) => ({ hunger: 0, kind: null, tags: [], ...fields });

/** The position of the log, and how many creatures there are. */
export async function standing(connection) {
  const [, , { pos }] = await connection.ask('creature', 'all', { $limit: 1 });
  const [, count] = await connection.ask('creature', 'count');
  return { pos, count };
}
