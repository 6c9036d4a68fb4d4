import { dockerAnswers, startContainers } from './docker';
import { startKafka } from './native/kafka';
import { startMongo } from './native/mongo';
import { localDir } from './paths';
import { ports } from './ports';
import { mustHaveSpace } from './processes';

/** Kafka and MongoDB as they were found or started. */
export type Infra = {
  kafkaBrokers: string;
  mongoUrl: string;
  /** Where they come from, for people. */
  source: string;
  /** Stops what this call started; nothing else. */
  stop: () => Promise<void>;
};

export type InfraOptions = {
  home?: string;
  kafkaPort?: number;
  controllerPort?: number;
  mongoPort?: number;
  say?: (line: string) => void;
  env?: NodeJS.ProcessEnv;
};

/** Starts native processes only; what already ran is left running by `stop`. */
export const startNative = async (options: InfraOptions = {}): Promise<Infra> => {
  const {
    home = localDir,
    kafkaPort = ports.kafka,
    controllerPort = ports.kafkaController,
    mongoPort = ports.mongo,
  } = options;
  const say = options.say ?? (() => undefined);
  mustHaveSpace(home, 2);
  const results = await Promise.allSettled([
    startKafka({ home, port: kafkaPort, controllerPort, say }),
    startMongo({ home, port: mongoPort, say }),
  ]);
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(servers.filter((server) => !server.reused).map((server) => server.stop()));
  };
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const reused = servers.every((server) => server.reused) ? ', already running' : '';
  return {
    kafkaBrokers: `127.0.0.1:${kafkaPort}`,
    mongoUrl: `mongodb://127.0.0.1:${mongoPort}/?replicaSet=rs0`,
    source: `native processes (Kafka 4.3.1 on ${kafkaPort}, MongoDB 6.0 on ${mongoPort}${reused})`,
    stop,
  };
};

/** Finds Kafka and MongoDB: addresses given, else a Docker engine, else native processes. */
export const findInfra = async (options: InfraOptions = {}): Promise<Infra> => {
  const env = options.env ?? process.env;
  const nothing = async () => undefined;
  if (env.KAFKA_BROKERS && env.MONGO_URL) {
    return {
      kafkaBrokers: env.KAFKA_BROKERS,
      mongoUrl: env.MONGO_URL,
      source: 'KAFKA_BROKERS and MONGO_URL',
      stop: nothing,
    };
  }
  const found =
    !options.home && dockerAnswers()
      ? {
          kafkaBrokers: `127.0.0.1:${ports.kafka}`,
          mongoUrl: `mongodb://127.0.0.1:${ports.mongo}/?replicaSet=rs0`,
          source: 'Docker engine (infra/docker/compose.yaml)',
          stop: await startContainers(),
        }
      : await startNative(options);
  // One of the two may be given and the other found.
  return { ...found, kafkaBrokers: env.KAFKA_BROKERS ?? found.kafkaBrokers, mongoUrl: env.MONGO_URL ?? found.mongoUrl };
};
