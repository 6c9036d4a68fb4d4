import { generateKeyPairSync } from 'node:crypto';
import { connect } from 'node:http2';
import type { ServiceError } from '@grpc/grpc-js';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { Refusal } from '@throughline/core';
import { journeyV1, reflectionV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import type { Call, Handlers, RpcServer } from '../src';
import { createCallerSigner, createClient, encoded, implement, startRpcServer } from '../src';

const keys = generateKeyPairSync('ed25519');
const sign = createCallerSigner(keys.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'));
const callerPublicKey = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const caller = { tenantId: 'acme', subject: 'key-1', kind: 'api-key' as const, scopes: ['*'] };

let cancelled = false;
const nothing = async () => {
  throw new Refusal('unimplemented', 'NOT_HERE', 'not in this test');
};
const page = journeyV1.GetTimelineResponse.fromPartial({ entries: [{ eventId: 'a/1' }] });
const handlers = {
  getTimeline: async ({ customerId }: journeyV1.GetTimelineRequest, call: Call) => {
    if (customerId === 'missing')
      throw new Refusal('not_found', 'CUSTOMER_NOT_FOUND', 'no such customer', { metadata: { id: customerId } });
    if (customerId === 'bug') throw new TypeError('oops');
    if (customerId === 'whoami')
      return journeyV1.GetTimelineResponse.fromPartial({ nextPageToken: call.caller.tenantId });
    return encoded(Buffer.from(journeyV1.GetTimelineResponse.encode(page).finish()));
  },
  watchTimeline: async function* ({ customerId }: journeyV1.WatchTimelineRequest, call: Call) {
    try {
      for (let i = 0; i < 3; i++) yield journeyV1.WatchTimelineResponse.fromPartial({ cursor: `${i}` });
      if (customerId === 'fails') throw new Refusal('unavailable', 'GONE', 'the feed broke');
      if (customerId === 'waits')
        await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()));
    } finally {
      cancelled = call.signal.aborted;
    }
  },
  resolveCustomer: nothing,
  getCustomer: nothing,
  listCustomers: nothing,
  updateCustomerAttributes: nothing,
  linkCustomers: nothing,
  unlinkCustomers: nothing,
  listLinks: nothing,
} as unknown as Handlers<typeof journeyV1.JourneyServiceService>;

let server: RpcServer;
let address = '';
beforeAll(async () => {
  const services = [implement(journeyV1.JourneyServiceService, handlers)];
  server = await startRpcServer({ port: 0, host: '127.0.0.1', telemetry: noTelemetry(), callerPublicKey, services });
  address = `127.0.0.1:${server.port}`;
});
afterAll(() => server.stop());

const request = (customerId: string, more = {}) => journeyV1.GetTimelineRequest.fromPartial({ customerId, ...more });
const withClient = async <T>(work: (client: ReturnType<typeof make>) => Promise<T>, token = () => sign(caller)) => {
  const client = make(token);
  try {
    return await work(client);
  } finally {
    client.close();
  }
};
const make = (token: () => string) => createClient(journeyV1.JourneyServiceService, address, { caller: token });

test('a call reaches its handler as the caller of the token, and stored bytes go out as they are', async () => {
  await withClient(async (client) => {
    expect(await client.getTimeline(request('c'))).toEqual(page);
    expect((await client.getTimeline(request('whoami'))).nextPageToken).toBe('acme');
  });
});

test.each([
  ['no field', request(''), { kind: 'invalid', violations: [{ field: 'customer_id', rule: 'string.min_len' }] }],
  [
    'two faults',
    request('', { pageSize: 999 }),
    { kind: 'invalid', violations: [{ field: 'customer_id' }, { field: 'page_size' }] },
  ],
  [
    'unknown customer',
    request('missing'),
    { kind: 'not_found', reason: 'CUSTOMER_NOT_FOUND', metadata: { id: 'missing' } },
  ],
])('a refusal says what and why: %s', async (_, body, expected) => {
  await withClient((client) => expect(client.getTimeline(body)).rejects.toMatchObject(expected));
});

test('a bug is INTERNAL and tells nothing about us', async () => {
  await withClient((client) =>
    expect(client.getTimeline(request('bug'))).rejects.toMatchObject({
      code: status.INTERNAL,
      details: expect.not.stringContaining('oops'),
    }),
  );
});

test.each([
  ['none', () => ''],
  ['garbage', () => 'a.b'],
  [
    'of another signer',
    () =>
      createCallerSigner(
        generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      )(caller),
  ],
  ['expired', () => sign(caller, Date.now() - 120_000)],
  ['of a clock far ahead', () => sign(caller, Date.now() + 600_000)],
  [
    'changed',
    () =>
      `${Buffer.from(JSON.stringify({ ...caller, tenantId: 'other', exp: 9e9 })).toString('base64url')}.${sign(caller).split('.')[1]}`,
  ],
])('a caller token that is %s is refused', async (_, token) => {
  await withClient(
    (client) => expect(client.getTimeline(request('c'))).rejects.toMatchObject({ kind: 'unauthenticated' }),
    token,
  );
});

const raw = (bytes: Buffer) =>
  new Promise<ServiceError | undefined>((resolve) => {
    const client = new Client(address, credentials.createInsecure());
    const metadata = new Metadata();
    metadata.set('x-throughline-caller', sign(caller));
    const path = '/throughline.journey.v1.JourneyService/GetTimeline';
    client.makeUnaryRequest(
      path,
      (value: Buffer) => value,
      (value) => value,
      bytes,
      metadata,
      { deadline: Date.now() + 3_000 },
      (error) => {
        client.close();
        resolve(error ?? undefined);
      },
    );
  });

test.each([
  ['a length beyond the end', Buffer.from([10, 200, 1, 1])],
  ['a varint without end', Buffer.alloc(20, 0xff)],
  ['ten thousand open groups', Buffer.alloc(10_000, 0x0b)],
])('bytes that are no message are INVALID_ARGUMENT: %s', async (_, bytes) => {
  expect(await raw(bytes)).toMatchObject({ code: status.INVALID_ARGUMENT });
});

test('a message over the limit is refused and the server lives', async () => {
  expect(await raw(Buffer.alloc(5 * 1024 * 1024))).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  await withClient((client) => client.getTimeline(request('c')));
});

test('a stream delivers, fails with its reason, and learns that its reader left', async () => {
  await withClient(async (client) => {
    const seen: string[] = [];
    const failing = client.watchTimeline(journeyV1.WatchTimelineRequest.fromPartial({ customerId: 'fails' }));
    await expect(
      (async () => {
        for await (const { cursor } of failing) seen.push(cursor);
      })(),
    ).rejects.toMatchObject({ kind: 'unavailable', reason: 'GONE' });
    expect(seen).toEqual(['0', '1', '2']);
    for await (const { cursor } of client.watchTimeline(
      journeyV1.WatchTimelineRequest.fromPartial({ customerId: 'waits' }),
    )) {
      if (cursor === '2') break;
    }
    for (const end = Date.now() + 5_000; !cancelled && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(cancelled).toBe(true);
  });
});

test('reflection lists the service and gives its file with imports and options', async () => {
  const client = new reflectionV1.ServerReflectionClient(address, credentials.createInsecure());
  const ask = (messageRequest: reflectionV1.ServerReflectionRequest['messageRequest']) =>
    new Promise<reflectionV1.ServerReflectionResponse>((resolve, reject) => {
      const stream = client.serverReflectionInfo();
      stream.on('data', resolve).on('error', reject);
      stream.write({ host: '', messageRequest });
      stream.end();
    });
  const list = await ask({ $case: 'listServices', value: '' });
  expect(list.messageResponse).toEqual({
    $case: 'listServicesResponse',
    value: { service: [{ name: 'throughline.journey.v1.JourneyService' }] },
  });
  const file = await ask({ $case: 'fileContainingSymbol', value: 'throughline.journey.v1.JourneyService' });
  expect(
    file.messageResponse?.$case === 'fileDescriptorResponse' && file.messageResponse.value.fileDescriptorProto.length,
  ).toBeGreaterThan(5);
  client.close();
});

test('broken HTTP/2 talk does not take the server down', async () => {
  const session = connect(`http://${address}`);
  await new Promise<void>((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/nonsense',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('close', () => resolve()).on('error', () => resolve());
    stream.end(Buffer.from([1, 255, 255, 255, 255, 0]));
    stream.resume();
  });
  session.close();
  await withClient((client) => client.getTimeline(request('c')));
});
