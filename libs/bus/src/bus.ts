import type { Bus, BusOptions } from './types';

/** The one connection of a process to Kafka. */
export function createBus(_options: BusOptions): Bus {
  throw new Error('not implemented yet');
}
