import type { Bus, KafkaSecurity } from '@throughline/bus';
import { createBus } from '@throughline/bus';
import { noTelemetry } from '@throughline/telemetry';
import { mongo } from 'mongoose';
import { LocalError } from '../local-error';
import { waitFor } from '../processes';

/** Where an operations command looks. */
export type Place = {
  brokers: string[];
  mongoUrl: string;
  topicPrefix: string;
  /** Put before every database name. */
  databasePrefix: string;
  security?: KafkaSecurity;
  /** PEM certificates that the database's is checked with. */
  mongoTlsCa?: string | undefined;
};

/** Runs work on a bus of its own. */
export const withBus = async <T>(
  { brokers, topicPrefix, security }: Place,
  work: (bus: Bus) => Promise<T>,
): Promise<T> => {
  const bus = createBus({ brokers, security, clientId: 'throughline-ops', topicPrefix, telemetry: noTelemetry() });
  await bus.start();
  try {
    if (!(await waitFor(async () => bus.notReady().length === 0, 10_000)))
      throw new LocalError(`Kafka does not answer at ${brokers}: run npm start first, or set KAFKA_BROKERS.`);
    return await work(bus);
  } finally {
    await bus.stop();
  }
};

/** Runs work on the databases of all services. */
export const withMongo = async <T>(place: Place, work: (client: mongo.MongoClient) => Promise<T>): Promise<T> => {
  const client = new mongo.MongoClient(place.mongoUrl, {
    serverSelectionTimeoutMS: 10_000,
    ...(place.mongoTlsCa ? { tls: true, ca: place.mongoTlsCa } : {}),
    writeConcern: { w: 'majority', journal: true },
  });
  try {
    await client.connect();
  } catch (error) {
    throw new LocalError(
      `MongoDB does not answer (${(error as Error).message}): run npm start first, or set MONGO_URL.`,
    );
  }
  try {
    return await work(client);
  } finally {
    await client.close();
  }
};
