import type { Infra } from '../find-infra';
import { findInfra } from '../find-infra';

// jest calls this once per project of one run; the first call finds or starts Kafka and MongoDB for all.
const shared = globalThis as { throughlineInfra?: Promise<Infra> };

export default async (): Promise<void> => {
  shared.throughlineInfra ??= findInfra();
  const infra = await shared.throughlineInfra;
  process.env.KAFKA_BROKERS = infra.kafkaBrokers;
  process.env.MONGO_URL = infra.mongoUrl;
};
