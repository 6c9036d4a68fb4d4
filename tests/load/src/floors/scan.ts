// The least that taking over may cost: reading every open document once, into objects. Tells its parent the milliseconds and the count.
import { mongo } from 'mongoose';

const main = async (): Promise<void> => {
  const env = process.env as Record<'MONGO_URL' | 'MONGO_DB', string>;
  const client = await new mongo.MongoClient(env.MONGO_URL).connect();
  const items = client.db(env.MONGO_DB).collection('work_items');
  // The connection is there before the clock starts, as a service's is.
  await items.findOne({});
  const started = performance.now();
  const found = await items.find({ open: true }).toArray();
  process.send!({ ms: performance.now() - started, count: found.length });
  await client.close();
};

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
