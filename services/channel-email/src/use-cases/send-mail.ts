import type { Clock } from '@throughline/core';
import type { SendRequest } from '../domain/compose';
import { compose } from '../domain/compose';
import type { Mailbox } from '../domain/mail';
import type { NextStep, Outcome } from '../domain/send';
import { afterAttempt } from '../domain/send';
import type {
  ClaimedSend,
  DeliveryNews,
  FileStore,
  Inbox,
  OutgoingFile,
  Relay,
  SendStore,
  UnreportedSend,
} from './ports';

/** A request with what only its bytes know. */
export interface ReadRequest extends SendRequest {
  readonly files: readonly { readonly fileName: string; readonly mediaType: string; readonly reference: string }[];
}

export interface SendMailPorts {
  sends: SendStore;
  relay: Relay;
  files: FileStore;
  inbox: Inbox;
  clock: Clock;
  readRequest: (tenantId: string, bytes: Buffer) => ReadRequest;
  onSettled: (id: string, next: NextStep) => void;
}

const maxFileBytes = 20 * 1024 * 1024;

const filesOf = async (
  files: FileStore,
  request: ReadRequest,
): Promise<OutgoingFile[] | Extract<Outcome, { kind: 'permanent' }>> => {
  const found: OutgoingFile[] = [];
  let bytes = 0;
  for (const file of request.files) {
    const stored = await files.get(request.tenantId, file.reference);
    if (!stored) return { kind: 'permanent', code: 'ATTACHMENT_NOT_FOUND', detail: 'an attachment is not stored here' };
    bytes += stored.content.length;
    if (bytes > maxFileBytes) return { kind: 'permanent', code: 'ATTACHMENTS_TOO_LARGE', detail: 'more than 20 MiB' };
    found.push({ fileName: file.fileName, mediaType: stored.mediaType, content: stored.content });
  }
  return found;
};

const newsOf = (send: UnreportedSend): DeliveryNews => ({
  kind: 'delivery',
  tenantId: send.tenantId,
  eventKey: `${send.messageId}/${send.state}`,
  threadKey: send.threadKey,
  occurredAt: send.settledAt,
  messageId: send.messageId,
  conversationId: send.conversationId,
  to: send.to,
  state: send.state,
  code: send.code,
  detail: send.detail,
  providerId: send.rfcMessageId,
});

/** Sends what is due and tells the core what became of it. */
export const createSendMail = (ports: SendMailPorts, options: { mailboxes: readonly Mailbox[]; leaseMs: number }) => {
  const attempt = async (send: ClaimedSend): Promise<Outcome> => {
    // Cut off in the middle: for a mail that may go twice only if nothing else helps, that is the end.
    if (send.interrupted && send.atMostOnce) return { kind: 'unknown', detail: 'the process ended while sending' };
    const request = ports.readRequest(send.tenantId, send.request);
    const composed = compose(options.mailboxes, request);
    if (!composed.ok) return { kind: 'permanent', code: composed.code, detail: composed.detail };
    const files = await filesOf(ports.files, request);
    if (!Array.isArray(files)) return files;
    return ports.relay.send(composed.mail, files);
  };

  /** False when nothing was due. */
  const sendNext = async (): Promise<boolean> => {
    const send = await ports.sends.claim(ports.clock.now(), options.leaseMs);
    if (!send) return false;
    const outcome = await attempt(send);
    const now = ports.clock.now();
    const next: NextStep = afterAttempt(send, outcome, now);
    if (await ports.sends.settle(send, next, now)) ports.onSettled(send.id, next);
    return true;
  };

  /** Tells the core; repeated after a crash, which has no further effect there. Returns how many were told. */
  const report = async (): Promise<number> => {
    const sends = await ports.sends.unreported(200);
    if (sends.length === 0) return 0;
    await ports.inbox.publish(sends.map(newsOf));
    await ports.sends.markReported(sends.map((send) => send.id));
    return sends.length;
  };
  return { sendNext, report };
};
