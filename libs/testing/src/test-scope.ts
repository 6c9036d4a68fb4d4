export interface TestScope {
  kafkaBrokers: string[];
  mongoUrl: string;
  /** Put before every topic and group of this test file. */
  topicPrefix: string;
  /** Database of this test file. */
  db: string;
  /** The same as settings of a service. */
  env: Record<string, string>;
}

/** Real Kafka and MongoDB, shared by all tests, with names of its own for one test file. */
export function testScope(name: string): TestScope {
  const { KAFKA_BROKERS, MONGO_URL } = process.env;
  if (!KAFKA_BROKERS || !MONGO_URL) throw new Error('KAFKA_BROKERS and MONGO_URL are set by the test run (npm test)');
  const own = `${name}-${process.pid}-${Date.now().toString(36)}`;
  const topicPrefix = `${own}.`;
  return {
    kafkaBrokers: KAFKA_BROKERS.split(','),
    mongoUrl: MONGO_URL,
    topicPrefix,
    db: own,
    env: {
      KAFKA_BROKERS,
      MONGO_URL,
      KAFKA_TOPIC_PREFIX: topicPrefix,
      MONGO_DB: own,
      OPS_PORT: '0',
      HTTP_PORT: '0',
      GRPC_PORT: '0',
    },
  };
}
