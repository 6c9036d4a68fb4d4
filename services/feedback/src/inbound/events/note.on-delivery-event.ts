import type { Handle, IncomingEvent } from '@throughline/bus';
import { readEach } from '@throughline/bus';
import { notificationV1 as v1 } from '@throughline/proto';
import type { Fate } from '../../domain/ask/invitation';
import type { MessageNews } from '../../use-cases/note-fates';

interface Told {
  delivery?: v1.DeliveryFacts | undefined;
  reason?: string;
  code?: string;
  detail?: string;
  until?: Date | undefined;
}

type Reader = [Fate['state'], (data: Uint8Array) => Told];

// With another message or alone: it is on its way.
const readers: Record<string, Reader> = {
  DeliveryHeld: ['held', v1.DeliveryHeld.decode],
  DeliveryRefused: ['refused', v1.DeliveryRefused.decode],
  DeliveryDigested: ['sent', v1.DeliveryDigested.decode],
  DeliverySent: ['sent', v1.DeliverySent.decode],
  DeliveryConfirmed: ['sent', v1.DeliveryConfirmed.decode],
  DeliveryFailed: ['bounced', v1.DeliveryFailed.decode],
  DeliveryBounced: ['bounced', v1.DeliveryBounced.decode],
};

const PREFIX = 'throughline.notification.v1.';
const DEPARTMENT = 'feedback';

const newsOf = ({ type, tenantId, time, data }: IncomingEvent): MessageNews | undefined => {
  const reader = type.startsWith(PREFIX) ? readers[type.slice(PREFIX.length)] : undefined;
  if (!reader) return undefined;
  const [state, decode] = reader;
  const told = decode(data);
  const { delivery } = told;
  if (delivery?.department !== DEPARTMENT || !delivery.aboutId) return undefined;
  const { kind, aboutId, deliveryId } = delivery;
  const fate: Fate = {
    state,
    reason: told.reason || told.code || '',
    detail: told.detail ?? '',
    at: time.getTime(),
    until: told.until?.getTime(),
    deliveryId,
  };
  return { tenantId, kind, aboutId, fate };
};

/** Hears what became of the messages that this service asked for. */
export const noteOnDeliveryEvent =
  (note: (news: MessageNews[]) => Promise<void>): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }) => newsOf(event));
    await note(said);
    return { dead };
  };
