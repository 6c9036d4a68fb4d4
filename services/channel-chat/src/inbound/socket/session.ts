import type { WebSocket } from 'ws';
import type { ClientFrame, ServerFrame } from '../../domain/frames';
import { isFault, readFrame } from '../../domain/frames';
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
    const { cursor, id, text, from, at } = message;
    say({ type: 'message', cursor, id, text, from, at: at.toISOString() });
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
  const handle = async (frame: ClientFrame) => {
    if (frame.type === 'ping') return say({ type: 'pong' });
    if (frame.type === 'message') {
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
          frame.type === 'message' ? frame.clientId : undefined,
        );
      })
      .finally(() => waiting--);
  };
  socket.on('message', (data, isBinary) => {
    if (isBinary) return refuse('FRAME_MALFORMED', 'frames are text');
    const frame = readFrame(data.toString());
    if (isFault(frame)) return refuse(frame.reason, frame.detail, frame.clientId);
    const next = frame.type === 'message' ? takeToken(bucket, deps.messagesPerSecond, deps.now()) : bucket;
    const clientId = frame.type === 'message' ? frame.clientId : undefined;
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
