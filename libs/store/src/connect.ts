import { setTimeout as pause } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import mongoose from 'mongoose';
import { durable } from './durable';
import { quietPools } from './quiet-pools';
import type { Store, StoreOptions } from './types';

/** Weaker defaults than our promises are all set here, once. */
const driverOptions = (options: StoreOptions): mongoose.ConnectOptions => ({
  dbName: options.db,
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  maxPoolSize: options.poolSize ?? 20,
  minPoolSize: 0,
  waitQueueTimeoutMS: 10_000,
  serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? 5_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 60_000,
  writeConcern: durable,
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  monitorCommands: options.countCommands ?? false,
  ...(options.tlsCa ? { tls: true, ca: options.tlsCa } : {}),
});

async function refuseStandalone(db: mongo.Db): Promise<void> {
  const hello = await db.admin().command({ hello: 1 });
  // Without a replica set there is no majority, no change feed and no durable acknowledgement.
  if (!hello.setName && hello.msg !== 'isdbgrid') {
    throw new Error('MONGO_URL points at a standalone server; a replica set is required (mongod --replSet rs0)');
  }
}

/** The one connection of a process to its database. */
export function connectStore(options: StoreOptions): Store {
  mongoose.set('strict', 'throw');
  mongoose.set('strictQuery', 'throw');
  mongoose.set('sanitizeFilter', true);
  quietPools();
  const connection = mongoose.createConnection();
  const { log } = options.telemetry;
  const counts = new Map<string, number>();
  let stopping = false;
  const database = (): mongo.Db => {
    if (!connection.db) throw Object.assign(new Error('MongoDB is not connected yet'), { transient: true });
    return connection.db as unknown as mongo.Db;
  };
  const connectOnce = async () => {
    await connection.openUri(options.url, driverOptions(options));
    await refuseStandalone(database());
    if (options.countCommands) {
      connection
        .getClient()
        .on('commandStarted', ({ commandName }) => counts.set(commandName, (counts.get(commandName) ?? 0) + 1));
    }
  };
  return {
    migrates: options.migrates ?? true,
    get db() {
      return database();
    },
    mongoose: connection,
    async start() {
      for (let wait = 200; !stopping; wait = Math.min(wait * 2, 5_000)) {
        try {
          return await connectOnce();
        } catch (error) {
          await connection.close().catch(() => undefined);
          if (!/^Mongo(ose)?(ServerSelection|Network)/.test((error as Error).name)) throw error;
          log.warn({ err: error }, 'MongoDB is not there yet');
          await pause(wait);
        }
      }
    },
    async stop() {
      stopping = true;
      await connection.close();
    },
    async ping() {
      await database().command({ ping: 1 }, { timeoutMS: 2_000 } as mongo.RunCommandOptions);
    },
    takeCommandCounts() {
      const taken = Object.fromEntries(counts);
      counts.clear();
      return taken;
    },
  };
}
