import type { Clock } from '@throughline/core';
import { contactPointText, parseContactPoint } from '@throughline/core';
import { commonV1, conversationV1 } from '@throughline/proto';
import { identifyPoints } from '../../use-cases/identify-points';
import type { CustomerStore } from '../../use-cases/ports';
import { pointTypeName } from '../../wire/customer';
import type { SpanEvent } from './span-event';

const textOf = (point: commonV1.ContactPoint | undefined): string[] => {
  try {
    return point ? [contactPointText(parseContactPoint(pointTypeName(point.type), point.value))] : [];
  } catch {
    // A verified address that is none says nothing about anybody; the event itself is on the timeline.
    return [];
  }
};

/** Links what a channel has verified to belong to one person. */
export const identifyOnContactIdentified =
  (customers: CustomerStore, clock: Clock) =>
  async (event: SpanEvent): Promise<void> => {
    const told = conversationV1.ContactIdentified.decode(event.data);
    const verified = told.verified.flatMap(({ contactPoint }) => textOf(contactPoint));
    if (verified.length === 0) return;
    const evidence = [...new Set(told.verified.map((point) => point.evidence))].join(', ');
    await identifyPoints(customers, {
      tenantId: event.tenantId,
      points: [event.contactPoint!, ...verified],
      evidence: evidence.slice(0, 200),
      actor: { kind: commonV1.ActorKind.SYSTEM, id: 'conversation', displayName: '' },
      at: clock.now(),
      id: `${event.source}|${event.id}`,
      displayName: told.displayName,
    });
  };
