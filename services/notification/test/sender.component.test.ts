import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commonV1, notificationV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import { SHARDS } from '../src/outbound/shards';
import type { Running } from './support/running';
import { startService } from './support/running';

const NUMBERS = 6;
const EACH = 4;
const TAKES_MS = 150;

let service: Running;
let server: Server;
const taken: { to: string; body: string }[] = [];
const inHand = new Map<string, number>();
let together = 0;

jest.setTimeout(120_000);

beforeAll(async () => {
  // Slow enough that a second message to the same number would come while the first is in hand.
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const form = new URLSearchParams(Buffer.concat(parts).toString());
    const to = form.get('To') ?? '';
    inHand.set(to, (inHand.get(to) ?? 0) + 1);
    together = Math.max(together, inHand.get(to)!);
    setTimeout(() => {
      inHand.set(to, inHand.get(to)! - 1);
      taken.push({ to, body: form.get('Body') ?? '' });
      response
        .writeHead(201, { 'content-type': 'application/json' })
        .end(JSON.stringify({ sid: `SM${randomBytes(8).toString('hex')}` }));
    }, TAKES_MS);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  service = await startService(
    {
      NOTIFICATION_LOOK_EVERY_MS: '20',
      NOTIFICATION_SHARE_LEASE_MS: '2000',
      NOTIFICATION_PROVIDERS: JSON.stringify([
        {
          tenantId: 'acme',
          url: `http://127.0.0.1:${port}`,
          from: '+493012345678',
          accountSid: 'AC1',
          authToken: 'token',
        },
      ]),
    },
    [{}, {}],
  );
});
afterAll(async () => {
  await service?.stop();
  server?.closeAllConnections();
  server?.close();
});

const shares = async () => {
  const held = await service.db
    .collection<{ _id: string; kind: string; owner: string }>('delivery_leases')
    .find({ kind: 'shard', owner: { $ne: '' } })
    .toArray();
  const counts = new Map<string, number>();
  for (const { owner } of held) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  return [...counts.values()];
};

it('two processes share the work, and one number has one message at a time', async () => {
  await eventually('fair shares', async () => (await shares()).join() === `${SHARDS / 2},${SHARDS / 2}`);
  const sends = Array.from({ length: NUMBERS * EACH }, (_, i) =>
    service.client('acme', i % 2).sendNotification(
      v1.SendNotificationRequest.fromPartial({
        requestId: `send ${i}`,
        notification: {
          to: { type: commonV1.ContactPointType.PHONE, value: `+4915112345${String(600 + (i % NUMBERS))}` },
          messageClass: v1.MessageClass.TRANSACTIONAL,
          content: { $case: 'plain', value: { text: `message ${i}` } },
        },
      } as never),
    ),
  );
  await Promise.all(sends);
  await eventually('all of them at the provider', () => taken.length >= NUMBERS * EACH, 60_000);
  expect(new Set(taken.map(({ body }) => body)).size).toBe(NUMBERS * EACH);
  expect(taken).toHaveLength(NUMBERS * EACH);
  expect(together).toBe(1);
});

it('what a process leaves is in the hands of the other at once', async () => {
  await service.apps.pop()!.stop();
  await eventually('all shares in one hand', async () => (await shares()).join() === String(SHARDS));
});
