import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** The standard health service: the server as a whole (``) and each service by name. */
export const addHealth = (server: Server, names: string[]): void => {
  const states = ['', ...names].map((name) => [name, 'SERVING'] as const);
  new HealthImplementation(Object.fromEntries(states)).addToServer(server);
};
