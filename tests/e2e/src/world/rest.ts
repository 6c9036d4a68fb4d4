import { patiently } from './patiently';
import type { Product } from './product';

export type Json = Record<string, unknown>;

/**
 * One REST call; a problem answer becomes an error that carries its text. Reads and writes under an Idempotency-Key are
 * repeated while the product cannot be reached.
 */
export function call(
  product: Product,
  method: string,
  path: string,
  body?: Json,
  headers: Record<string, string> = {},
) {
  const repeatable = method === 'GET' || path.endsWith(':resolve') || 'idempotency-key' in headers;
  return patiently(() => callOnce(product, method, path, body, headers), repeatable ? 60_000 : 0);
}

async function callOnce(product: Product, method: string, path: string, body?: Json, headers?: Record<string, string>) {
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
  if (!response.ok)
    throw Object.assign(new Error(`${method} ${path}: ${response.status} ${text}`), { status: response.status });
  return JSON.parse(text) as Json;
}

export type ServerSentEvent = { id: string; event: string; data: Json; receivedAt: number };

/** Opens an SSE stream; `events` grows as they arrive. A broken one goes on behind the last event, as in a browser. */
export async function openStream(product: Product, path: string, lastEventId = '') {
  const abort = new AbortController();
  const events: ServerSentEvent[] = [];
  let last = lastEventId;
  const open = async () => {
    const response = await fetch(product.restUrl + path, {
      headers: {
        authorization: `Bearer ${product.apiKey}`,
        accept: 'text/event-stream',
        ...(last ? { 'last-event-id': last } : {}),
      },
      signal: abort.signal,
    });
    if (!response.ok || !response.body)
      throw Object.assign(new Error(`GET ${path}: ${response.status} ${await response.text()}`), {
        status: response.status,
      });
    return response.body;
  };
  const take = (event: ServerSentEvent) => {
    if (event.event === 'error') return;
    last = event.id || last;
    events.push(event);
  };
  let body = await patiently(open);
  const goOn = async () => {
    while (!abort.signal.aborted) {
      await readEvents(body, take).catch(() => undefined);
      if (!abort.signal.aborted) body = await patiently(open);
    }
  };
  // Whoever waits for an event that never comes says so.
  const ended = goOn().catch(() => undefined);
  return {
    events,
    close: async () => {
      abort.abort();
      await ended;
    },
  };
}

async function readEvents(body: ReadableStream<Uint8Array>, take: (event: ServerSentEvent) => void) {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) take(event);
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
