import { once } from 'node:events';
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { Product } from './product';

/** A message as a receiver took it: verified, and not one it had already. */
export type Taken = { id: string; eventId: string; type: string; subject: string };

/** A small receiver of webhooks, as integrators write them: verify the bytes, drop what came before, answer 2xx. */
export async function startReceiver({ receiver }: Product) {
  const taken: Taken[] = [];
  let verifier: Webhook | undefined;
  let up = true;
  const counts = { forged: 0, repeated: 0, turnedAway: 0 };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (!up) {
      counts.turnedAway++;
      return response.writeHead(503).end();
    }
    try {
      const body = Buffer.concat(parts).toString('utf8');
      const event = verifier?.verify(body, request.headers as Record<string, string>) as
        | { id: string; type: string; subject: string }
        | undefined;
      if (!event) throw new Error('no secret yet');
      const id = String(request.headers['webhook-id']);
      if (taken.some((one) => one.id === id)) counts.repeated++;
      else taken.push({ id, eventId: event.id, type: event.type, subject: event.subject });
      return response.writeHead(204).end();
    } catch {
      counts.forged++;
      return response.writeHead(401).end();
    }
  });
  server.listen(receiver.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    taken,
    counts,
    trust: (secret: string) => {
      verifier = new Webhook(secret);
    },
    goAway: () => {
      up = false;
    },
    comeBack: () => {
      up = true;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
