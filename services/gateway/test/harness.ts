import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { Refusal } from '@throughline/core';
import { conversationV1, journeyV1 } from '@throughline/proto';
import type { Call, RpcServer, RpcService } from '@throughline/rpc';
import { encoded, implement, startRpcServer } from '@throughline/rpc';
import { noTelemetry } from '@throughline/telemetry';
import mongoose from 'mongoose';
import type { Overrides } from '../src/app';
import { buildApp } from '../src/app';
import type { Config } from '../src/config';

const pair = generateKeyPairSync('ed25519');
export const callerPublicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
export const callerPrivateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');

/** What a fake service heard. */
export interface Heard {
  method: string;
  request: Record<string, unknown>;
  call: Call;
}

const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    eventId: `conversation/c-1/${i}`,
    summary: `entry ${i}`,
    channel: 'email',
  }));

/** Behaviours that the fake journey plays when it is asked for these customers. */
const journeyHandlers = {
  getTimeline: async (request: journeyV1.GetTimelineRequest, call: Call) => {
    if (request.customerId === 'missing') {
      throw new Refusal('not_found', 'CUSTOMER_NOT_FOUND', 'There is no such customer.', {
        metadata: { id: 'missing' },
      });
    }
    if (request.customerId === 'busy')
      throw new Refusal('exhausted', 'BUSY', 'later', { metadata: { retry_after_seconds: '3' } });
    if (request.customerId === 'bug') throw new TypeError('inner secret');
    if (request.customerId === 'slow')
      await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()));
    const answer = journeyV1.GetTimelineResponse.fromPartial({
      entries: rowsOf(2),
      nextPageToken: call.caller.tenantId,
    });
    return encoded(Buffer.from(journeyV1.GetTimelineResponse.encode(answer).finish()));
  },
  watchTimeline: async function* (request: journeyV1.WatchTimelineRequest, call: Call) {
    if (request.customerId === 'missing')
      throw new Refusal('not_found', 'CUSTOMER_NOT_FOUND', 'There is no such customer.');
    const from = call.lastEventId ? Number(call.lastEventId) + 1 : 0;
    const count = request.customerId === 'quiet' ? 0 : 3;
    for (let i = from; i < from + count; i++) {
      yield journeyV1.WatchTimelineResponse.fromPartial({ cursor: `${i}`, entry: { summary: `line ${i}\r\nx` } });
    }
    if (request.customerId === 'breaks') throw new Refusal('unavailable', 'FEED_BROKE', 'the feed broke');
    if (['waits', 'quiet'].includes(request.customerId)) {
      await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()));
    }
  },
};

/** Handlers for a whole service: those given, and for the rest one that notes what it heard and answers empty. */
const fakeService = (
  definition: Record<string, { path: string; responseStream: boolean }>,
  given: Record<string, unknown>,
  heard: Heard[],
): RpcService => {
  const handlers: Record<string, unknown> = {};
  for (const [key, { path, responseStream }] of Object.entries(definition)) {
    const own = given[key] as ((request: unknown, call: Call) => unknown) | undefined;
    handlers[key] = (request: Record<string, unknown>, call: Call) => {
      heard.push({ method: path.split('/')[2]!, request, call });
      if (own) return own(request, call);
      return responseStream ? (async function* () {})() : Promise.resolve(encoded(Buffer.alloc(0)));
    };
  }
  return implement(definition, handlers as never);
};

export interface Gateway {
  url: string;
  grpc: string;
  heard: Heard[];
  key: string;
  otherKey: string;
  config: Config;
  backend: RpcServer;
  database(): mongoose.mongo.Db;
  stop(): Promise<void>;
  call(path: string, init?: RequestInit & { key?: string | undefined }): Promise<Response>;
}

export const keyText = (id: string): string => `tl_${id}_${createHash('sha256').update(id).digest('base64url')}`;

/** A whole gateway on a real database with a fake conversation and journey behind it on the wire. */
export const startGateway = async (settings: Partial<Config> = {}, overrides: Overrides = {}): Promise<Gateway> => {
  const heard: Heard[] = [];
  const definitions = [
    fakeService(journeyV1.JourneyServiceService as never, journeyHandlers, heard),
    fakeService(conversationV1.ConversationServiceService as never, {}, heard),
  ];
  const telemetry = noTelemetry();
  const backend = await startRpcServer({
    port: 0,
    host: '127.0.0.1',
    telemetry,
    callerPublicKey,
    services: definitions,
  });
  const address = `127.0.0.1:${backend.port}`;
  const db = `gateway_test_${randomBytes(4).toString('hex')}`;
  const mongoUrl = process.env['MONGO_URL'] ?? 'mongodb://127.0.0.1:17117/?replicaSet=rs0';
  const config = {
    LOG_LEVEL: 'silent',
    TRACE_SAMPLE_RATIO: 0,
    MONGO_URL: mongoUrl,
    MONGO_DB: db,
    HTTP_PORT: 0,
    GRPC_PORT: 0,
    OPS_PORT: 0,
    CALLER_PUBLIC_KEY: callerPublicKey,
    CALLER_PRIVATE_KEY: callerPrivateKey,
    GATEWAY_BACKENDS: [
      { name: 'throughline.journey', address },
      { name: 'throughline.conversation', address },
    ],
    GATEWAY_BOOTSTRAP_KEYS: [
      { tenantId: 'acme', key: keyText('first'), scopes: ['*'], displayName: 'first' },
      { tenantId: 'other', key: keyText('second'), scopes: ['*'], displayName: 'second' },
    ],
    GATEWAY_AUDIT_KEYS: [{ kid: 1, secret: 'a secret only for tests, long enough' }],
    GATEWAY_KEY_REQUESTS_PER_SECOND: 100_000,
    GATEWAY_TENANT_REQUESTS_PER_SECOND: 100_000,
    GATEWAY_MAX_IN_FLIGHT: 2_000,
    GATEWAY_MAX_LAG_MS: 60_000,
    GATEWAY_STREAMS_PER_KEY: 200,
    ...settings,
  } as Config;
  const app = buildApp(config, { telemetry, host: '127.0.0.1', ...overrides });
  await app.start();
  const connection = await mongoose.createConnection(mongoUrl, { dbName: db }).asPromise();
  const url = `http://127.0.0.1:${app.ports['http']}`;
  return {
    url,
    grpc: `127.0.0.1:${app.ports['grpc']}`,
    heard,
    key: keyText('first'),
    otherKey: keyText('second'),
    config,
    backend,
    database: () => connection.db!,
    async stop() {
      await app.stop();
      await connection.dropDatabase();
      await connection.close();
      await backend.stop();
    },
    call(path, { key = keyText('first'), headers, ...init } = {}) {
      const authorization: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
      return fetch(url + path, { ...init, headers: { ...authorization, ...(headers as Record<string, string>) } });
    },
  };
};

export const json = (value: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof value === 'string' ? value : JSON.stringify(value),
});
