import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { isRefusal } from '@throughline/core';
import { WebSocketServer } from 'ws';
import type { OutgoingMessage, VisitorTokens } from '../../use-cases/ports';
import type { Session, SessionDeps } from './session';
import { openSession } from './session';

export interface ChatSocketsOptions extends SessionDeps {
  tokens: VisitorTokens;
  maxSockets: number;
}

const refuse = (socket: Duplex, status: string, reason: string, detail: string) => {
  const body = JSON.stringify({
    type: 'about:blank',
    title: status.slice(4),
    status: Number(status.slice(0, 3)),
    reason,
    detail,
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
};

const keyOf = (tenantId: string, thread: string) => `${tenantId}/${thread}`;

/** The open chats of this process. */
export function createChatSockets(options: ChatSocketsOptions) {
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024, perMessageDeflate: false });
  const sessions = new Map<string, Set<Session>>();
  let count = 0;
  const add = (session: Session) => {
    const key = keyOf(session.visitor.tenantId, session.visitor.id);
    const all = sessions.get(key) ?? new Set();
    sessions.set(key, all.add(session));
    count++;
    options.facts.socketOpened();
    return () => {
      all.delete(session);
      if (all.size === 0 && sessions.get(key) === all) sessions.delete(key);
      count--;
      options.facts.socketClosed();
    };
  };
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? '', 'http://chat');
    if (url.pathname !== '/chat/v1') return refuse(socket, '404 Not Found', 'NOT_FOUND', 'The chat is at /chat/v1');
    if (count >= options.maxSockets)
      return refuse(socket, '503 Service Unavailable', 'TOO_MANY_SOCKETS', 'Try again in a moment.');
    const after = Number(url.searchParams.get('after') ?? 0);
    if (!Number.isSafeInteger(after) || after < 0)
      return refuse(socket, '400 Bad Request', 'CURSOR_INVALID', 'after: must be a whole number from 0');
    const visitor = await options.tokens.verify(url.searchParams.get('token') ?? '', options.now());
    server.handleUpgrade(request, socket, head, (ws) => {
      const remove = add(openSession(ws, visitor, after, options));
      ws.on('close', remove);
      // A frame that breaks the protocol or the size closes this socket and nothing else.
      ws.on('error', (error) => options.facts.failed('socket', error));
    });
  };
  const timer = setInterval(() => {
    for (const all of sessions.values()) for (const session of all) session.beat();
  }, 30_000);
  timer.unref();
  return {
    attach(http: Server) {
      http.on('upgrade', (request, socket, head) => {
        socket.on('error', () => socket.destroy());
        upgrade(request, socket, head).catch((error) => {
          if (isRefusal(error)) {
            options.facts.refused(error.reason);
            return refuse(socket, '401 Unauthorized', error.reason, error.message);
          }
          options.facts.failed('upgrade', error);
          refuse(socket, '500 Internal Server Error', 'INTERNAL', 'Something went wrong on our side.');
        });
      });
    },
    deliver(message: OutgoingMessage) {
      for (const session of sessions.get(keyOf(message.tenantId, message.thread)) ?? []) session.deliver(message);
    },
    stop() {
      clearInterval(timer);
      for (const all of sessions.values()) for (const session of all) session.close();
      server.close();
    },
  };
}
