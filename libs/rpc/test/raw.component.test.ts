import { credentials } from '@grpc/grpc-js';
import { Refusal } from '@throughline/core';
import { reflectionV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import type { RawClient, RpcServer } from '../src';
import { createRawClient, fromServiceError, startRawServer } from '../src';

const READ = '/throughline.journey.v1.JourneyService/GetTimeline';
const WATCH = '/throughline.journey.v1.JourneyService/WatchTimeline';

let server: RpcServer;
let relay: RpcServer;
let client: RawClient;
let through: RawClient;
let ended = false;

const methods = [
  { path: READ, responseStream: false },
  { path: WATCH, responseStream: true },
];

beforeAll(async () => {
  const common = { port: 0, host: '127.0.0.1', telemetry: noTelemetry(), methods };
  server = await startRawServer({
    ...common,
    async unary({ request, metadata }) {
      if (request.length === 0)
        throw new Refusal('denied', 'EMPTY', 'nothing', { metadata: { retry_after_seconds: '2' } });
      return Buffer.concat([request, Buffer.from(metadata('x-request-id') ?? '-')]);
    },
    async *stream({ request, signal }) {
      if (request.length === 0) throw new Refusal('not_found', 'NOBODY', 'nobody');
      try {
        for (let i = 0; i < request[0]!; i++) yield Buffer.from([i]);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      } finally {
        ended = true;
      }
    },
  });
  client = createRawClient(`127.0.0.1:${server.port}`);
  relay = await startRawServer({
    ...common,
    unary: ({ path, request, metadata }) =>
      client.unary(path, request, { metadata: { 'x-request-id': metadata('x-request-id') } }),
    stream: ({ path, request, signal }) => client.stream(path, request, { signal }),
  });
  through = createRawClient(`127.0.0.1:${relay.port}`);
});
afterAll(async () => {
  client.close();
  through.close();
  await relay.stop();
  await server.stop();
});

test('bytes and metadata pass a relay unchanged, errors with all their details', async () => {
  const answer = await through.unary(READ, Buffer.from([0xff, 0x00]), { metadata: { 'x-request-id': 'r' } });
  expect(answer).toEqual(Buffer.from([0xff, 0x00, 0x72]));
  const failure = await through.unary(READ, Buffer.alloc(0)).catch(fromServiceError as never);
  expect(failure).toMatchObject({ kind: 'denied', reason: 'EMPTY', metadata: { retry_after_seconds: '2' } });
});

test('a stream passes item by item, a quiet one is known to be open, and leaving ends it at the source', async () => {
  const abort = new AbortController();
  let opened = 0;
  const seen: number[] = [];
  for await (const item of through.stream(WATCH, Buffer.from([3]), { signal: abort.signal })) {
    seen.push(item[0]!);
    if (seen.length === 3) break;
  }
  expect(seen).toEqual([0, 1, 2]);
  await new Promise<void>((resolve) => {
    const quiet = through.stream(WATCH, Buffer.from([0]), {
      signal: abort.signal,
      onOpen: () => resolve(void opened++),
    });
    void (async () => {
      for await (const _ of quiet) opened += 100;
    })().catch(() => undefined);
  });
  expect(opened).toBe(1);
  ended = false;
  abort.abort();
  for (const end = Date.now() + 5_000; !ended && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(ended).toBe(true);
  const refused = (async () => {
    for await (const _ of through.stream(WATCH, Buffer.alloc(0))) throw new Error('an item');
  })();
  await expect(refused.catch(fromServiceError as never)).resolves.toMatchObject({ reason: 'NOBODY' });
});

test.each(['v1', 'v1alpha'])('reflection %s names the relayed services', async (version) => {
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  const reflection = new reflectionV1.ServerReflectionClient(`127.0.0.1:${relay.port}`, credentials.createInsecure());
  const { requestSerialize, responseDeserialize } = reflectionV1.ServerReflectionService.serverReflectionInfo;
  const stream = reflection.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const answer = await new Promise<unknown>((resolve, reject) => {
    stream.on('data', resolve).on('error', reject);
    stream.write({ host: '', messageRequest: { $case: 'listServices', value: '' } });
    stream.end();
  });
  expect(JSON.stringify(answer)).toContain('throughline.journey.v1.JourneyService');
  reflection.close();
});
