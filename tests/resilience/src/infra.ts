/** Kafka and MongoDB of this test run. */
export const infra = () => ({
  kafkaBrokers: process.env['KAFKA_BROKERS'] ?? '127.0.0.1:19092',
  mongoUrl: process.env['MONGO_URL'] ?? 'mongodb://127.0.0.1:17117/?replicaSet=rs0',
});

/** `npm run test:long` runs the long form of each case. */
export const long = process.env['LONG'] === '1';
