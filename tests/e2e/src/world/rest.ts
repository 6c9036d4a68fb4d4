import type { Product } from './product';

export type Json = Record<string, unknown>;

/** One REST call; a problem answer becomes an error that carries its text. */
export async function call(
  product: Product,
  method: string,
  path: string,
  body?: Json,
  headers?: Record<string, string>,
) {
  const response = await fetch(product.restUrl + path, {
    method,
    headers: {
      authorization: `Bearer ${product.apiKey}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    body: body ? JSON.stringify(body) : undefined,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Json;
}

export type ServerSentEvent = { id: string; event: string; data: Json; receivedAt: number };

/** Opens an SSE stream; `events` grows as they arrive. */
export async function openStream(product: Product, path: string, lastEventId?: string) {
  const abort = new AbortController();
  const response = await fetch(product.restUrl + path, {
    headers: {
      authorization: `Bearer ${product.apiKey}`,
      accept: 'text/event-stream',
      ...(lastEventId ? { 'last-event-id': lastEventId } : {}),
    },
    signal: abort.signal,
  });
  if (!response.ok || !response.body) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  const events: ServerSentEvent[] = [];
  const ended = readEvents(response.body, events).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
  });
  return {
    events,
    close: async () => {
      abort.abort();
      await ended;
    },
  };
}

async function readEvents(body: ReadableStream<Uint8Array>, events: ServerSentEvent[]) {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) events.push(event);
    }
  }
}

function parseBlock(block: string): ServerSentEvent | undefined {
  const field = (name: string) =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart())
      .join('\n');
  const data = field('data');
  if (!data) return undefined;
  return {
    id: field('id'),
    event: field('event') || 'message',
    data: JSON.parse(data) as Json,
    receivedAt: Date.now(),
  };
}
