import { strict as assert } from 'node:assert';
import type { ContactPointType } from '@throughline/core';
import { contactPointFromText, contactPointText } from '@throughline/core';
import { commonV1 } from '@throughline/proto';
import { createValidator } from '@throughline/rpc';
import type { Bench, Published } from '../bench';

const types: Partial<Record<commonV1.ContactPointType, ContactPointType>> = {
  [commonV1.ContactPointType.EMAIL]: 'email',
  [commonV1.ContactPointType.PHONE]: 'phone',
  [commonV1.ContactPointType.CHAT]: 'chat',
  [commonV1.ContactPointType.EXTERNAL]: 'external',
};

const checkContactPoint = ({ event, attributes }: Published): void => {
  const point = event.contactPoint;
  if (!point) {
    assert.equal(attributes.contactPoint ?? '', '', 'the attribute contactpoint names a contact point, the event none');
    return;
  }
  const type = types[point.type];
  assert.ok(type, 'contact_point.type is set');
  const text = contactPointText({ type, value: point.value });
  assert.doesNotThrow(() => contactPointFromText(text), `contact_point is in its only spelling, not ${text}`);
  assert.equal(attributes.contactPoint, text, 'the attribute contactpoint is the canonical text of contact_point');
};

/** Everything the core relies on in one record of `channel.inbound.v1`. */
export const checkRecord = (published: Published, bench: Pick<Bench, 'driver' | 'surroundings'>): void => {
  const { event, attributes, key, bytes } = published;
  const { driver, surroundings } = bench;
  assert.equal(attributes.type, 'throughline.channel.v1.InboundEvent', 'the type of the event');
  createValidator('throughline.channel.v1.InboundEvent')(event);
  assert.equal(event.channel, driver.channel, 'channel');
  assert.equal(event.adapter, driver.adapter, 'adapter');
  assert.equal(attributes.channel, driver.channel, 'the attribute channel');
  assert.equal(attributes.tenantId, surroundings.tenantId, 'the attribute tenantid');
  assert.ok(attributes.id !== '' && attributes.source !== '', 'id and source are set');
  assert.equal(
    key,
    `${surroundings.tenantId}/${driver.channel}/${event.threadKey}`,
    'the key of the record is tenant/channel/thread_key',
  );
  assert.equal(attributes.time.getTime(), event.occurredAt?.getTime(), 'the attribute time is occurred_at');
  assert.ok(attributes.time.getTime() <= Date.now() + 1_000, 'occurred_at is not in the future');
  assert.ok(Math.abs(Date.now() - attributes.recordedAt.getTime()) < 600_000, 'recordedat is the time of recording');
  assert.ok(bytes <= 256 * 1024, `an event has at most 256 KiB, this one ${bytes} bytes`);
  checkContactPoint(published);
};

export async function envelope(bench: Bench): Promise<void> {
  await bench.start();
  const { answer, events } = await bench.inject({ thread: 'envelope', n: 1 });
  assert.equal(answer, 'accepted');
  assert.ok(events.length >= 1, 'an accepted event is on the topic by the time of the answer');
  for (const event of events) checkRecord(event, bench);
}
