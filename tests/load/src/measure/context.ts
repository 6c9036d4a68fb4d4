import { mongo } from 'mongoose';
import { cpuSeconds, pidOfPort } from './cpu';

/** Where the parts of a run are. */
export interface Bench {
  brokers: string;
  mongoUrl: string;
  client: mongo.MongoClient;
  /** mongod and the broker, as far as they run on this machine. */
  servers: number[];
  /** A new name for every run. */
  fresh(): string;
  say(line: string): void;
}

const portOf = (address: string): number => Number(/:(\d+)/.exec(address.replace(/^mongodb:\/\//, ''))?.[1] ?? 0);

export const openBench = async (
  infra: { kafkaBrokers: string; mongoUrl: string },
  say: (line: string) => void = () => undefined,
): Promise<Bench> => {
  const client = await new mongo.MongoClient(infra.mongoUrl).connect();
  const servers = await Promise.all([pidOfPort(portOf(infra.kafkaBrokers)), pidOfPort(portOf(infra.mongoUrl))]);
  let runs = 0;
  return {
    brokers: infra.kafkaBrokers,
    mongoUrl: infra.mongoUrl,
    client,
    servers: servers.filter((pid) => pid !== undefined),
    fresh: () => `bn${process.pid.toString(36)}x${Date.now().toString(36)}${runs++}`,
    say,
  };
};

/** CPU of servers and the given processes from now until the returned function is called. */
export const cpuMeter = (pids: number[]): (() => number) => {
  const before = new Map(pids.map((pid) => [pid, cpuSeconds(pid)]));
  return () => pids.reduce((sum, pid) => sum + cpuSeconds(pid) - (before.get(pid) ?? 0), 0);
};
