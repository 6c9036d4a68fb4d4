import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
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

/** Opens a real web chat; `frames` holds everything the server said. */
export async function openChat(product: Product, visitor: Visitor) {
  const token = await visitorToken(product, visitor);
  const socket = new WebSocket(`${product.chat.url}/chat/v1?token=${encodeURIComponent(token)}`);
  const frames: Frame[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)) as Frame);
    for (const wake of waiting) wake();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const until = (match: (frame: Frame) => boolean, timeoutMs = 10_000) =>
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
  return {
    frames,
    until,
    /** Writes a message and waits until the server says that it is safe. */
    async say(clientId: string, text: string) {
      socket.send(JSON.stringify({ type: 'message', clientId, text }));
      return until((frame) => frame.type === 'ack' && frame.clientId === clientId);
    },
    close: () => socket.close(),
  };
}
