import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { patiently } from './patiently';
import type { Product } from './product';

export type Visitor = { id: string; name?: string; email?: string; phone?: string };

/** Signs a visitor token as an integrator's own server does. */
export function visitorToken(product: Product, visitor: Visitor, expiresIn = '10m') {
  const { id, ...claims } = visitor;
  return new SignJWT({ tenant: product.tenantId, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(id)
    .setIssuedAt()
    .setExpirationTime(expiresIn)
    .sign(Buffer.from(product.chat.secret));
}

export type Frame = { type: string; [name: string]: unknown };

/**
 * Opens a real web chat; `frames` holds everything the server said. Like the widget it connects again when the line breaks
 * and then repeats what was not acknowledged, under its own id.
 */
export async function openChat(product: Product, visitor: Visitor) {
  const token = await visitorToken(product, visitor);
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  const unsent = new Map<string, object>();
  let closed = false;
  const connect = () =>
    new Promise<WebSocket>((resolve, reject) => {
      const line = new WebSocket(`${product.chat.url}/chat/v1?token=${encodeURIComponent(token)}`);
      line.on('message', (data) => {
        const frame = JSON.parse(String(data)) as Frame;
        if (frame.type === 'ack') unsent.delete(String(frame.clientId));
        frames.push(frame);
        for (const wake of waiting) wake();
      });
      line.once('open', () => resolve(line));
      line.on('error', reject);
    });
  const transmit = (frame: object) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const keepUp = (line: WebSocket) =>
    line.once('close', async () => {
      if (closed) return;
      socket = await patiently(connect);
      keepUp(socket);
      if (closed) return socket.close();
      for (const frame of unsent.values()) transmit(frame);
    });
  let socket = await patiently(connect);
  keepUp(socket);
  const until = (match: (frame: Frame) => boolean, timeoutMs = 30_000) =>
    new Promise<Frame>((resolve, reject) => {
      const look = () => {
        const found = frames.find(match);
        if (!found) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`no such frame within ${timeoutMs} ms; saw ${JSON.stringify(frames)}`));
      }, timeoutMs);
      waiting.add(look);
      look();
    });
  const deliver = (frame: { type: string; clientId: string; [name: string]: unknown }) => {
    unsent.set(frame.clientId, frame);
    transmit(frame);
    return until(({ type, clientId }) => type === 'ack' && clientId === frame.clientId);
  };
  return {
    frames,
    until,
    /** Writes a message and waits until the server says that it is safe. */
    say: (clientId: string, text: string) => deliver({ type: 'message', clientId, text }),
    /** Presses a value of a question that was shown. */
    choose: (clientId: string, questionId: string, value: number) =>
      deliver({ type: 'answer', clientId, questionId, value }),
    close: () => {
      closed = true;
      socket.close();
    },
  };
}
