import { setTimeout as pause } from 'node:timers/promises';
import type { mongo } from 'mongoose';

/** What `$currentOp` says of a connection (`op`) or of a transaction nobody works on at the moment (`idleSession`). */
interface Operation {
  type: string;
  client?: string;
  lsid?: { id: mongo.UUID };
}

/**
 * Ends the transactions of processes that were killed within one. Otherwise the server keeps them, and what they lock, for its
 * `transactionLifetimeLimitSeconds`: dropping a database waited 83 s for one.
 */
const endAbandoned = async (admin: mongo.Db): Promise<void> => {
  const operations = await admin
    .aggregate<Operation>([{ $currentOp: { allUsers: true, idleConnections: true, idleSessions: true } }])
    .toArray();
  const connected = new Set(operations.filter(({ type }) => type === 'op').map(({ client }) => client));
  const abandoned = operations.filter(({ type, client }) => type === 'idleSession' && !connected.has(client));
  const sessions = abandoned.flatMap(({ lsid }) => (lsid ? [{ id: lsid.id }] : []));
  if (sessions.length > 0) await admin.command({ killSessions: sessions });
};

/** Drops every database whose name begins so. */
export const dropDatabases = async (client: mongo.MongoClient, prefix: string): Promise<void> => {
  const admin = client.db('admin');
  const { databases } = await admin.admin().listDatabases({ nameOnly: true });
  const names = databases.map(({ name }) => name).filter((name) => name.startsWith(prefix));
  let dropped = false;
  const dropping = Promise.all(names.map((name) => client.db(name).dropDatabase())).finally(() => {
    dropped = true;
  });
  // The server may learn of a killed process a moment after us.
  const ending = (async () => {
    for (; !dropped; await pause(500)) await endAbandoned(admin);
  })();
  await Promise.all([dropping, ending]);
};
