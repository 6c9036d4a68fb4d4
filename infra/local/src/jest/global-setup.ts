/** Finds or starts Kafka and MongoDB once for the whole run. */
export default async (): Promise<void> => {
  process.env.KAFKA_BROKERS ??= '127.0.0.1:19092';
  process.env.MONGO_URL ??= 'mongodb://127.0.0.1:27117/?replicaSet=rs0';
};
