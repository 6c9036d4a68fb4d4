// B17's floor: rows that are there already, read into memory, go into a collection with the same indexes by the driver's `insertMany`.
import { mongo } from 'mongoose';

const setting = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
};

type Row = { _id: string } & Record<string, unknown>;

const CHUNK = 1_000;
/** Commands at the same time, as many as a service's consumer has batches in work. */
const AT_ONCE = 3;

const main = async (): Promise<void> => {
  const client = await new mongo.MongoClient(setting('MONGO_URL')).connect();
  const collection = setting('COLLECTION');
  const given = client.db(setting('FROM_DB')).collection<Row>(collection);
  const rows = client.db(setting('MONGO_DB')).collection<Row>(collection);
  for (const { key, name, v: _, ...options } of await given.indexes()) {
    if (name !== '_id_') await rows.createIndex(key as mongo.IndexSpecification, { name, ...options });
  }
  const all = await given.find().toArray();
  let next = 0;
  const worker = async () => {
    while (next < all.length) {
      const documents = all.slice(next, next + CHUNK);
      next += documents.length;
      await rows.insertMany(documents, { ordered: false, writeConcern: { w: 'majority', j: true } });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await client.close();
};

main().then(
  () => {
    // It stays until it is stopped, so that its processor time can be read.
    const timer = setInterval(() => undefined, 1_000);
    process.on('SIGTERM', () => clearInterval(timer));
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
