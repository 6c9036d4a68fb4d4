import { channelV1, commonV1 } from '@throughline/proto';
import type { NewEvent } from '@throughline/store';
import { wirePoint } from '../wire/words';

/** What a fact says about itself beside its message. */
export interface Around {
  subject: string;
  at: number;
  recordedAt: number;
  contactPoint?: string | undefined;
  conversationId?: string | undefined;
  issueId?: string | undefined;
  channel?: string | undefined;
}

/** A message to a customer. */
export interface Message {
  subject: string;
  text: string;
  html: string;
}

/** A fact of ours on a topic. */
export const event = (topic: string, name: string, data: Uint8Array, around: Around): NewEvent => ({
  type: `throughline.feedback.v1.${name}`,
  topic,
  subject: around.subject,
  time: new Date(around.at),
  recordedAt: new Date(around.recordedAt),
  ...(around.contactPoint ? { contactPoint: around.contactPoint } : {}),
  ...(around.conversationId ? { conversationId: around.conversationId } : {}),
  ...(around.issueId ? { issueId: around.issueId } : {}),
  ...(around.channel ? { channel: around.channel } : {}),
  data,
});

/** A request to an adapter to send a message; the same id is sent once. */
export const sendRequest = (messageId: string, to: string, message: Message, around: Around): NewEvent => {
  const channel = to.slice(0, to.indexOf(':'));
  const request = channelV1.MessageSendRequested.fromPartial({
    messageId,
    channel,
    to: wirePoint(to),
    subject: message.subject,
    text: message.text,
    html: channel === 'email' ? message.html : '',
    actor: { kind: commonV1.ActorKind.SYSTEM, id: 'feedback', displayName: '' },
    requestedAt: new Date(around.at),
  });
  const data = channelV1.MessageSendRequested.encode(request).finish();
  return {
    ...event('channel.outbound.v1', '', data, { ...around, subject: messageId, contactPoint: to, channel }),
    type: 'throughline.channel.v1.MessageSendRequested',
  };
};
