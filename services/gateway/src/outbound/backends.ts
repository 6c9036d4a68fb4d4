import { Refusal } from '@throughline/core';
import type { RawClient } from '@throughline/rpc';
import { createRawClient } from '@throughline/rpc';
import type { Backends } from '../use-cases/ports';

export interface Backend {
  /** Package prefix of the services it serves, for example `throughline.journey`. */
  name: string;
  address: string;
}

const covers = (name: string, typeName: string): boolean => typeName === name || typeName.startsWith(`${name}.`);

/** One channel per address; the longest prefix that fits a service wins. */
export const createBackends = (list: Backend[]): Backends => {
  const sorted = [...list].sort((left, right) => right.name.length - left.name.length);
  const clients = new Map<string, RawClient>();
  const known = new Map<string, RawClient>();
  const addressOf = (typeName: string) => sorted.find(({ name }) => covers(name, typeName))?.address;
  return {
    serves: (typeName) => addressOf(typeName) !== undefined,
    clientOf(typeName) {
      const ready = known.get(typeName);
      if (ready) return ready;
      const address = addressOf(typeName);
      if (!address) throw new Refusal('unavailable', 'NO_BACKEND', `No service is configured for ${typeName}.`);
      const client = clients.get(address) ?? createRawClient(address);
      clients.set(address, client);
      known.set(typeName, client);
      return client;
    },
    close() {
      for (const client of clients.values()) client.close();
    },
  };
};
