import type { WebSocket } from 'ws';
import type { ClientFrame, ServerFrame } from '../../domain/frames';
import { isFault, readFrame, valueIn } from '../../domain/frames';
import type { Bucket } from '../../domain/rate';
import { fullBucket, takeToken } from '../../domain/rate';
import type { Facts } from '../../facts';
import type { Inbox, Mailbox, OutgoingMessage, Visitor } from '../../use-cases/ports';

export interface SessionDeps {
  inbox: Inbox;
  mailbox: Mailbox;
  facts: Facts;
  now: () => number;
  messagesPerSecond: number;
}

export interface Session {
  visitor: Visitor;
  deliver(message: OutgoingMessage): void;
  close(): void;
  /** False when the last heartbeat was not answered. */
  beat(): boolean;
}

const MOST_BUFFERED = 1024 * 1024;
const MOST_WAITING = 50;
const CATCH_UP = 200;

/** One open socket. Messages of a visitor are published one after the other, so their order holds. */
export function openSession(socket: WebSocket, visitor: Visitor, after: number, deps: SessionDeps): Session {
  let bucket: Bucket = fullBucket(deps.messagesPerSecond, deps.now());
  let sent = after;
  let waiting = 0;
  let alive = true;
  let chain: Promise<void> = Promise.resolve();
  let catchingUp = true;
  const early: OutgoingMessage[] = [];

  const say = (frame: ServerFrame) => {
    if (socket.readyState !== socket.OPEN) return;
    // A reader that does not read must not fill our memory; it comes back and gets the rest from the mailbox.
    if (socket.bufferedAmount > MOST_BUFFERED) return socket.close(1013, 'reading too slowly');
    socket.send(JSON.stringify(frame));
  };
  const refuse = (reason: string, detail: string, clientId?: string) => {
    deps.facts.refused(reason);
    say({ type: 'error', reason, detail, ...(clientId ? { clientId } : {}) });
  };
  const show = (message: OutgoingMessage) => {
    if (message.cursor <= sent) return;
    sent = message.cursor;
    const { cursor, id, text, from, at, question } = message;
    say({ type: 'message', cursor, id, text, from, at: at.toISOString(), ...(question ? { question } : {}) });
  };
  const catchUp = async () => {
    for (;;) {
      const missed = await deps.mailbox.after(visitor.tenantId, visitor.id, sent, CATCH_UP);
      for (const message of missed) show(message);
      if (missed.length < CATCH_UP) break;
    }
    catchingUp = false;
    for (const message of early.splice(0)) show(message);
  };
  const answer = async (clientId: string, questionId: string, value: number) => {
    await deps.inbox.answered(visitor, clientId, questionId, value);
    await deps.mailbox.answered(visitor.tenantId, visitor.id, questionId, clientId);
    say({ type: 'ack', clientId });
  };
  /** The question that a message is the answer to: whoever is asked for a number and writes one begins no conversation. */
  const answeredBy = async ({ clientId, text }: Extract<ClientFrame, { type: 'message' }>) => {
    if (!/^\s*\d{1,2}\s*$/.test(text)) return undefined;
    const question = await deps.mailbox.askedLast(visitor.tenantId, visitor.id, clientId);
    const value = question && valueIn(text, question);
    return value === undefined ? undefined : { questionId: question!.questionId, value };
  };
  const handle = async (frame: ClientFrame) => {
    if (frame.type === 'ping') return say({ type: 'pong' });
    if (frame.type === 'answer') {
      const { clientId, questionId, value } = frame;
      const question = await deps.mailbox.asked(visitor.tenantId, visitor.id, questionId);
      if (!question) return refuse('QUESTION_UNKNOWN', 'questionId: is no question that was asked here', clientId);
      if (valueIn(String(value), question) === undefined) {
        const detail = `value: must be a whole number from ${question.lowest} to ${question.highest}`;
        return refuse('VALUE_OUT_OF_SCALE', detail, clientId);
      }
      return answer(clientId, questionId, value);
    }
    if (frame.type === 'message') {
      const given = await answeredBy(frame);
      if (given) return answer(frame.clientId, given.questionId, given.value);
      await deps.inbox.message(visitor, frame.clientId, frame.text);
      deps.facts.messageAccepted();
      // Only now may the page forget it.
      return say({ type: 'ack', clientId: frame.clientId });
    }
    const fresh = await deps.mailbox.received(visitor.tenantId, visitor.id, frame.cursor);
    await deps.inbox.delivered(visitor, fresh);
  };
  const enqueue = (frame: ClientFrame) => {
    waiting++;
    chain = chain
      .then(() => handle(frame))
      .catch((error) => {
        deps.facts.failed(frame.type, error);
        refuse(
          'TEMPORARILY_UNAVAILABLE',
          'not stored; send it again',
          'clientId' in frame ? frame.clientId : undefined,
        );
      })
      .finally(() => waiting--);
  };
  socket.on('message', (data, isBinary) => {
    if (isBinary) return refuse('FRAME_MALFORMED', 'frames are text');
    const frame = readFrame(data.toString());
    if (isFault(frame)) return refuse(frame.reason, frame.detail, frame.clientId);
    const clientId = 'clientId' in frame ? frame.clientId : undefined;
    const next = clientId === undefined ? bucket : takeToken(bucket, deps.messagesPerSecond, deps.now());
    if (!next || waiting >= MOST_WAITING)
      return refuse('RATE_LIMITED', `at most ${deps.messagesPerSecond} messages a second; send it again`, clientId);
    bucket = next;
    enqueue(frame);
  });
  socket.on('pong', () => {
    alive = true;
  });
  say({ type: 'welcome', visitorId: visitor.id, cursor: after });
  catchUp().catch((error) => {
    deps.facts.failed('catch up', error);
    socket.close(1013, 'try again');
  });
  return {
    visitor,
    deliver: (message) => (catchingUp ? void early.push(message) : show(message)),
    close: () => socket.close(1001, 'going away'),
    beat() {
      if (!alive) socket.terminate();
      const answered = alive;
      alive = false;
      if (answered) socket.ping();
      return answered;
    },
  };
}
