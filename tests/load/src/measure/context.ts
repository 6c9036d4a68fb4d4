import { mongo } from 'mongoose';
import { cpuSeconds, pidOfPort } from './cpu';

/** Where the parts of a run are. */
export interface Bench {
  brokers: string;
  mongoUrl: string;
  client: mongo.MongoClient;
  /** mongod and the broker by name, as far as they run on this machine. */
  servers: Record<string, number>;
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
  const [broker, mongod] = await Promise.all([
    pidOfPort(portOf(infra.kafkaBrokers)),
    pidOfPort(portOf(infra.mongoUrl)),
  ]);
  let runs = 0;
  return {
    brokers: infra.kafkaBrokers,
    mongoUrl: infra.mongoUrl,
    client,
    servers: { ...(broker ? { broker } : {}), ...(mongod ? { mongod } : {}) },
    fresh: () => `bn${process.pid.toString(36)}x${Date.now().toString(36)}${runs++}`,
    say,
  };
};

/** CPU seconds of each named process from now until the returned function is called. */
export const cpuMeters = (pids: Record<string, number>): (() => Record<string, number>) => {
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, used: cpuSeconds(pid) }));
  return () => Object.fromEntries(before.map(({ name, pid, used }) => [name, cpuSeconds(pid) - used]));
};

const sumOf = (parts: Record<string, number>): number => Object.values(parts).reduce((sum, part) => sum + part, 0);

/** CPU seconds of all the given processes from now until the returned function is called. */
export const cpuMeter = (pids: number[]): (() => number) => {
  const meters = cpuMeters(Object.fromEntries(pids.map((pid) => [pid, pid])));
  return () => sumOf(meters());
};
