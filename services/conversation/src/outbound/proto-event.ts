import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { conversationV1 as v1 } from '@throughline/proto';
import {
  toActor,
  toCallState,
  toContactPoint,
  toDeliveryState,
  toEndReason,
  toEvidence,
  toMessageClass,
  toPriority,
  toRecordingState,
  toState,
} from '../contract/names';
import type { Conversation } from '../domain/conversation';
import type { PublicEvent } from '../domain/events';

/** Events carry the beginning of a text; the whole is behind ListMessages. */
const excerpt = (text: string): string => {
  if (text.length <= 2000) return text;
  const last = text.charCodeAt(1999);
  // Not between the halves of one character.
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? 1999 : 2000);
};

export interface ProtoEvent {
  type: string;
  data: Uint8Array;
}

// One writer for all events: it keeps its grown buffer, and each event is copied out of it once.
let writer = new BinaryWriter();

const named = (name: string, data: { finish(): Uint8Array }): ProtoEvent => ({
  type: `throughline.conversation.v1.${name}`,
  data: data.finish(),
});

const changedName: Record<string, string> = { assigneeId: 'assignee_id', queueId: 'queue_id' };

/** The event as other services read it. */
export const toProtoEvent = (event: PublicEvent, conversation: Conversation): ProtoEvent => {
  try {
    return encoded(event, conversation);
  } catch (error) {
    // What a failed event left in the writer must not become part of the next one.
    writer = new BinaryWriter();
    throw error;
  }
};

const encoded = (event: PublicEvent, conversation: Conversation): ProtoEvent => {
  const conversationId = conversation.id;
  const actor = toActor(event.actor);
  switch (event.type) {
    case 'message_received': {
      const { message } = event;
      return named(
        'MessageReceived',
        v1.MessageReceived.encode(
          {
            conversationId,
            messageId: message.id,
            channel: message.channel,
            author: actor,
            subject: message.subject,
            text: excerpt(message.text),
            attachmentCount: message.attachments.length,
            threading: toEvidence(message.threading),
            messageClass: toMessageClass(message.messageClass),
            position: BigInt(message.position),
          },
          writer,
        ),
      );
    }
    case 'opened':
      return named(
        'ConversationOpened',
        v1.ConversationOpened.encode(
          {
            conversationId,
            channel: event.channel,
            contactPoint: toContactPoint(event.contactPoint),
            customerName: event.customerName,
            subject: event.subject,
            language: event.language,
            destination: event.destination,
            priority: toPriority(event.priority),
            previousConversationId: event.previousId,
            issueId: event.issueId,
            actor,
            reason: event.reason,
            topic: event.topic,
            tags: event.tags,
            attributes: event.attributes,
            threadKey: event.threadKey,
          },
          writer,
        ),
      );
    case 'call_progressed':
      return named(
        'CallProgressed',
        v1.CallProgressed.encode(
          {
            conversationId,
            state: toCallState(event.state),
            step: event.step,
            detail: event.detail,
            durationSeconds: BigInt(event.durationSeconds),
            queue: event.queue,
            answeredBy: event.answeredBy,
            endReason: toEndReason(event.endReason),
            recordingState: toRecordingState(event.recordingState),
            recordingReference: event.recordingReference,
          },
          writer,
        ),
      );
    case 'message_sent': {
      const { message } = event;
      return named(
        'MessageSent',
        v1.MessageSent.encode(
          {
            conversationId,
            messageId: message.id,
            channel: message.channel,
            author: actor,
            subject: message.subject,
            text: excerpt(message.text),
            attachmentCount: message.attachments.length,
            automatic: message.automatic,
            position: BigInt(message.position),
          },
          writer,
        ),
      );
    }
    case 'note_added': {
      const { message } = event;
      return named(
        'NoteAdded',
        v1.NoteAdded.encode(
          {
            conversationId,
            messageId: message.id,
            author: actor,
            text: excerpt(message.text),
            mentions: message.mentions,
            position: BigInt(message.position),
          },
          writer,
        ),
      );
    }
    case 'state_changed':
      return named(
        'ConversationStateChanged',
        v1.ConversationStateChanged.encode(
          {
            conversationId,
            from: toState(event.from),
            to: toState(event.to),
            actor,
            reason: event.reason,
            wrapUpCode: event.wrapUpCode,
          },
          writer,
        ),
      );
    case 'delivery_changed':
      return named(
        'MessageDeliveryChanged',
        v1.MessageDeliveryChanged.encode(
          {
            conversationId,
            messageId: event.messageId,
            state: toDeliveryState(event.state),
            code: event.code,
            detail: event.detail,
          },
          writer,
        ),
      );
    case 'contact_identified':
      return named(
        'ContactIdentified',
        v1.ContactIdentified.encode(
          {
            conversationId,
            contactPoint: toContactPoint(event.contactPoint),
            verified: event.verified.map((point) => ({
              contactPoint: toContactPoint(point.contactPoint),
              evidence: point.evidence,
            })),
            displayName: event.displayName,
          },
          writer,
        ),
      );
    case 'snoozed':
      return named(
        'ConversationSnoozed',
        v1.ConversationSnoozed.encode(
          { conversationId, until: new Date(event.until), actor, reason: event.reason },
          writer,
        ),
      );
    case 'woken':
      return named(
        'ConversationWoken',
        v1.ConversationWoken.encode({ conversationId, actor, reason: event.reason }, writer),
      );
    case 'details_changed': {
      const value = <K extends keyof typeof event.details>(field: K, none: (typeof event.details)[K]) =>
        event.changed.includes(field) ? event.details[field] : none;
      return named(
        'ConversationDetailsChanged',
        v1.ConversationDetailsChanged.encode(
          {
            conversationId,
            changedFields: event.changed.map((field) => changedName[field] ?? field),
            subject: value('subject', ''),
            language: value('language', ''),
            topic: value('topic', ''),
            priority: toPriority(value('priority', 'PRIORITY_UNSPECIFIED')),
            tags: value('tags', []),
            attributes: value('attributes', {}),
            actor,
            assigneeId: value('assigneeId', ''),
            queueId: value('queueId', ''),
          },
          writer,
        ),
      );
    }
    case 'transferred':
      return named(
        'ConversationTransferred',
        v1.ConversationTransferred.encode(
          {
            conversationId,
            toQueueId: event.toQueueId,
            toAgentId: event.toAgentId,
            reason: event.reason,
            handover: event.handover,
            actor,
            workItemId: event.workItemId,
          },
          writer,
        ),
      );
    case 'merged':
      return named(
        'ConversationMerged',
        v1.ConversationMerged.encode(
          { conversationId, intoConversationId: event.into, actor, reason: event.reason },
          writer,
        ),
      );
    case 'moved_in':
      return named(
        'MessagesMovedIn',
        v1.MessagesMovedIn.encode(
          {
            conversationId,
            fromConversationId: event.from,
            messageIds: event.messages.map((message) => message.id),
            actor,
            reason: event.reason,
          },
          writer,
        ),
      );
    case 'moved_out':
      return named(
        'MessagesMovedOut',
        v1.MessagesMovedOut.encode(
          {
            conversationId,
            toConversationId: event.move.to,
            messageIds: event.move.messageIds,
            actor,
            reason: event.move.reason,
          },
          writer,
        ),
      );
    case 'issue_linked':
      return named(
        'IssueLinked',
        v1.IssueLinked.encode(
          {
            conversationId,
            issueId: event.issueId,
            previousIssueId: event.previousIssueId,
            actor,
          },
          writer,
        ),
      );
  }
};
