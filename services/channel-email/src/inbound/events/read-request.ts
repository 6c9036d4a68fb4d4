import { channelV1, commonV1 } from '@throughline/proto';
import type { ReadRequest } from '../../use-cases/send-mail';

/** The wire form of a request in plain words; what is missing becomes empty and is judged later. */
export const requestOf = (tenantId: string, wire: channelV1.MessageSendRequested): ReadRequest => ({
  messageId: wire.messageId,
  tenantId,
  from: wire.from,
  to: wire.to?.type === commonV1.ContactPointType.EMAIL ? wire.to.value : '',
  subject: wire.subject,
  text: wire.text,
  html: wire.html,
  replyToken: wire.email?.replyToken ?? '',
  inReplyTo: wire.email?.inReplyTo ?? '',
  references: wire.email?.references ?? [],
  autoSubmitted: wire.email?.autoSubmitted === true || wire.purpose === channelV1.SendPurpose.AUTO_ACKNOWLEDGEMENT,
  notification: wire.purpose === channelV1.SendPurpose.NOTIFICATION,
  unsubscribeUrl: wire.unsubscribeUrl,
  files: wire.attachments.map((file) => ({
    fileName: file.fileName,
    mediaType: file.mediaType,
    reference: file.reference,
  })),
});

export const readRequest = (tenantId: string, bytes: Uint8Array): ReadRequest =>
  requestOf(tenantId, channelV1.MessageSendRequested.decode(bytes));
