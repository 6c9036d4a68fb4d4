import { createHash } from 'node:crypto';
import { eventually, freePort } from '@throughline/testing';
import type { FaultProxy } from './fault-proxy';
import { startFaultProxy } from './fault-proxy';
import type { Member, World } from './world';
import { TENANT } from './world';

/** The key with which the tests call. */
export const apiKey = `tl_resil_${createHash('sha256').update('resilience').digest('base64url').replace(/_/g, '-')}`;

export interface Api {
  port: number;
  members: Record<'journey' | 'conversation' | 'gateway', Member>;
  /** The line between the gateway and the conversation service. */
  inner: FaultProxy;
  stop(): Promise<void>;
}

/** Gateway, conversation and journey as processes, ready to answer; a harmful line can be put between the first two. */
export const startApi = async (world: World): Promise<Api> => {
  const [http, grpc, conversationGrpc, journeyGrpc, ...ops] = await Promise.all(Array.from({ length: 7 }, freePort));
  const inner = await startFaultProxy(conversationGrpc!);
  const members = {
    journey: world.start('journey', '', { GRPC_PORT: String(journeyGrpc), OPS_PORT: String(ops[0]) }),
    conversation: world.start('conversation', '', {
      GRPC_PORT: String(conversationGrpc),
      OPS_PORT: String(ops[1]),
      CONVERSATION_TAKE_OVER_SECONDS: '5',
    }),
    gateway: world.start('gateway', '', {
      HTTP_PORT: String(http),
      GRPC_PORT: String(grpc),
      OPS_PORT: String(ops[2]),
      GATEWAY_BACKENDS: [
        `throughline.conversation=127.0.0.1:${inner.port}`,
        `throughline.channel=127.0.0.1:${inner.port}`,
        `throughline.journey=127.0.0.1:${journeyGrpc}`,
      ].join(','),
      GATEWAY_BOOTSTRAP_KEYS: JSON.stringify([{ tenantId: TENANT, key: apiKey, scopes: ['*'] }]),
      GATEWAY_AUDIT_KEYS: JSON.stringify([{ kid: 1, secret: 'a secret only for tests, long enough' }]),
      GATEWAY_KEY_REQUESTS_PER_SECOND: '100000',
      GATEWAY_TENANT_REQUESTS_PER_SECOND: '100000',
      // On a busy machine the guard against overload would answer in place of what is tried here.
      GATEWAY_MAX_LAG_MS: '60000',
    }),
  };
  for (const port of ops) {
    await eventually(
      'a service is ready',
      async () => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok,
      60_000,
    );
  }
  return { port: http!, members, inner, stop: () => inner.stop() };
};
