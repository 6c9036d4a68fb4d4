import { routingV1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { signedBy } from './caller';

/** A client of the routing service on this machine; `key` signs its calls. */
export const routingClient = (grpcPort: number, key: string) =>
  createClient(routingV1.RoutingServiceService, `127.0.0.1:${grpcPort}`, signedBy(key));
export type RoutingClient = ReturnType<typeof routingClient>;

export const agentOf = (n: number): string => `agent-${n}`;

/** Makes agent `n` available. */
export const ready = async (client: RoutingClient, n: number): Promise<void> => {
  await client.setPresence({ agentId: agentOf(n), presence: routingV1.Presence.AVAILABLE, reason: '', requestId: '' });
};

export const inParallel = async (count: number, work: (n: number) => Promise<unknown>, callers = 32): Promise<void> => {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: callers }, worker));
};
