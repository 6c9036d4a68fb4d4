import type { EventAttributes, OutgoingEvent } from '@throughline/bus';
import { commonV1, conversationV1 } from '@throughline/proto';

const T0 = Date.UTC(2026, 0, 5, 9);

/** Minutes of the test's day. */
export const minute = (n: number): Date => new Date(T0 + n * 60_000);

type Given = Partial<EventAttributes> & { conversation?: string; seq?: number; minute?: number; text?: string };

/** An event of the conversation service, as small as can be. */
export const messageReceived = (given: Given): OutgoingEvent => {
  const conversationId = given.conversation ?? 'c1';
  return {
    id: `acme/${conversationId}/${given.seq ?? 1}`,
    source: 'throughline/conversation',
    type: 'throughline.conversation.v1.MessageReceived',
    subject: conversationId,
    time: minute(given.minute ?? 0),
    recordedAt: minute((given.minute ?? 0) + 1),
    tenantId: 'acme',
    contactPoint: 'email:ada@example.org',
    conversationId,
    channel: 'email',
    ...given,
    data: conversationV1.MessageReceived.encode(
      conversationV1.MessageReceived.fromPartial({ conversationId, text: given.text ?? 'hello' }),
    ).finish(),
  };
};

const types: Record<string, commonV1.ContactPointType> = {
  email: commonV1.ContactPointType.EMAIL,
  phone: commonV1.ContactPointType.PHONE,
  chat: commonV1.ContactPointType.CHAT,
  external: commonV1.ContactPointType.EXTERNAL,
};

export const wire = (point: string): commonV1.ContactPoint => ({
  type: types[point.slice(0, point.indexOf(':'))]!,
  value: point.slice(point.indexOf(':') + 1),
});

/** A channel verified that these addresses belong to one person. */
export const contactIdentified = (given: Given & { verified: string[] }): OutgoingEvent => {
  const base = messageReceived(given);
  return {
    ...base,
    type: 'throughline.conversation.v1.ContactIdentified',
    data: conversationV1.ContactIdentified.encode(
      conversationV1.ContactIdentified.fromPartial({
        conversationId: base.conversationId!,
        contactPoint: wire(base.contactPoint!),
        verified: given.verified.map((point) => ({ contactPoint: wire(point), evidence: 'visitor_token' })),
        displayName: 'Ada',
      }),
    ).finish(),
  };
};
