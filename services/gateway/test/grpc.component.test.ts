import { journeyV1 } from '@throughline/proto';
import { createClient, createRawClient } from '@throughline/rpc';
import type { Gateway } from './harness';
import { startGateway } from './harness';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({}, { checkMs: 50 });
});
afterAll(() => gateway.stop());

const client = (key = gateway.key) =>
  createClient(journeyV1.JourneyServiceService, gateway.grpc, { metadata: { authorization: `Bearer ${key}` } });

test('an API key is all that a typed client needs', async () => {
  const journey = client();
  const answer = await journey.getTimeline(journeyV1.GetTimelineRequest.fromPartial({ customerId: 'c' }));
  expect(answer.nextPageToken).toBe('acme');
  const missing = journey.getTimeline(journeyV1.GetTimelineRequest.fromPartial({ customerId: 'missing' }));
  await expect(missing).rejects.toMatchObject({
    kind: 'not_found',
    reason: 'CUSTOMER_NOT_FOUND',
    metadata: { id: 'missing' },
  });
  const invalid = journey.getTimeline(journeyV1.GetTimelineRequest.fromPartial({}));
  await expect(invalid).rejects.toMatchObject({ kind: 'invalid', violations: [{ field: 'customer_id' }] });
  journey.close();
});

test('a stream delivers and resumes', async () => {
  const journey = client();
  const seen: string[] = [];
  const request = journeyV1.WatchTimelineRequest.fromPartial({ customerId: 'c' });
  for await (const { cursor } of journey.watchTimeline(request, { metadata: { 'x-last-event-id': '6' } }))
    seen.push(cursor);
  expect(seen).toEqual(['7', '8', '9']);
  journey.close();
});

test('the deadline of the client reaches the service', async () => {
  const raw = createRawClient(gateway.grpc);
  const bytes = Buffer.from(
    journeyV1.GetTimelineRequest.encode(journeyV1.GetTimelineRequest.fromPartial({ customerId: 'slow' })).finish(),
  );
  const path = '/throughline.journey.v1.JourneyService/GetTimeline';
  const deadline = Date.now() + 600;
  const failed = raw.unary(path, bytes, { metadata: { authorization: `Bearer ${gateway.key}` }, deadline });
  await expect(failed).rejects.toMatchObject({ code: 4 });
  const left = gateway.heard.at(-1)!.call.deadline.getTime();
  // The wire carries the time left, so transit moves the moment a little; a read alone would get five seconds.
  expect(Math.abs(left - deadline)).toBeLessThan(1_000);
  raw.close();
});
