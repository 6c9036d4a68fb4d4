import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { CALLER_METADATA } from '@throughline/rpc';
import { signedBy } from '../workload/caller';
import { callerPrivateKey } from './children';
import { cpuMeter } from './context';
import { percentile } from './pairs';

export interface Reads {
  perSecond: number;
  p50: number;
  p99: number;
  failed: number;
  /** CPU of the given processes for each answer. */
  cpuMicros: number;
}

const same = (bytes: Buffer) => bytes;
const { caller } = signedBy(callerPrivateKey);

/** A client that neither encodes nor decodes, so that it takes as little of the machine as it can. */
export const rawReader = (address: string, path: string) => {
  const client = new Client(address, credentials.createInsecure());
  let metadata = new Metadata();
  let signedAt = 0;
  return {
    read(request: Buffer): Promise<Buffer> {
      // One token for a while, as the gateway does it.
      if (Date.now() - signedAt > 20_000) {
        metadata = new Metadata();
        metadata.set(CALLER_METADATA, caller());
        signedAt = Date.now();
      }
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          same,
          same,
          request,
          metadata,
          { deadline: Date.now() + 10_000 },
          (error, bytes) => (error ? reject(error) : resolve(bytes!)),
        );
      });
    },
    close: () => client.close(),
  };
};

const WARM_UP = 6_000;

/** Lets code be compiled. By count, not by time: how soon that is depends on how often it ran. */
export const warmUpWith = async (read: () => Promise<unknown>, workers: number): Promise<void> => {
  for (let i = 0; i < WARM_UP; i += workers) await Promise.allSettled(Array.from({ length: workers }, read));
};

/** `workers` callers, each asking again when answered, for `ms`. `pids` are the processes that answer. */
export const readFor = async (
  read: () => Promise<unknown>,
  ms: number,
  workers: number,
  pids: number[] = [],
): Promise<Reads> => {
  const meter = cpuMeter(pids);
  const times: number[] = [];
  let failed = 0;
  const began = performance.now();
  const work = async () => {
    while (performance.now() - began < ms) {
      const start = performance.now();
      await read().then(
        () => times.push(performance.now() - start),
        () => failed++,
      );
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const seconds = (performance.now() - began) / 1000;
  return {
    perSecond: times.length / seconds,
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    failed,
    cpuMicros: (meter() / times.length) * 1e6,
  };
};
