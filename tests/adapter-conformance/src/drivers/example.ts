import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { commonV1 } from '@throughline/proto';
import type { AdapterDriver, ExternalEvent, ExternalSend } from '../driver';
import { messageOrder } from '../message-order';

interface Running {
  server: Server;
  stop(): Promise<void>;
}

export interface ExampleModule {
  startSmsAdapter(options: {
    brokers: string[];
    topicPrefix: string;
    tenantId: string;
    providerUrl: string;
    ownNumber: string;
  }): Promise<Running>;
}

const ownNumber = '+4930111111';
const root = join(__dirname, '../../../..');

/** The program text in the documentation. */
export const exampleSource = (): string => {
  const found = /```ts\n([\s\S]*?startSmsAdapter[\s\S]*?)```/.exec(
    readFileSync(join(root, 'docs/adapters.md'), 'utf8'),
  );
  if (!found) throw new Error('docs/adapters.md has no example adapter');
  return found[1]!;
};

/** Writes a program text where the packages of the workspace are found, and loads it. */
export const loadExample = (name: string, source: string): ExampleModule => {
  const folder = join(__dirname, '../../generated');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, source);
  return require(file) as ExampleModule;
};

/** Stands for a provider of text messages: it knows idempotency keys. */
async function startProvider(sent: ExternalSend[]) {
  const keys = new Set<string>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const key = String(request.headers['idempotency-key'] ?? Math.random());
    if (!keys.has(key)) sent.push(JSON.parse(body) as ExternalSend);
    keys.add(key);
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
}

const numberOf = (thread: string): string => {
  const digits = [...thread].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 900_000, 7);
  return `+4930${2_000_000 + digits}`;
};

const startedAt = Date.now() - 60_000;

const smsOf = ({ thread, n, kind }: ExternalEvent) => ({
  id: `${thread}-${n}`,
  from: kind === 'own' ? ownNumber : numberOf(thread),
  text: `event ${n} of ${thread}${kind === 'oversized' ? 'x'.repeat(400_000) : ''}`,
  at: new Date(startedAt + n * 1_000).toISOString(),
  automatic: kind === 'automatic',
});

/** Drives the example of the documentation, or a broken copy of it. */
export function exampleDriver(load: () => ExampleModule): AdapterDriver {
  const sent: ExternalSend[] = [];
  let provider: Awaited<ReturnType<typeof startProvider>> | undefined;
  let running: Running | undefined;
  return {
    channel: 'sms',
    adapter: 'example-sms',
    group: 'example-sms',
    reportsDelivery: true,
    async start({ kafkaBrokers, topicPrefix, tenantId }) {
      provider ??= await startProvider(sent);
      const options = { brokers: [...kafkaBrokers], topicPrefix, tenantId, providerUrl: provider.url, ownNumber };
      running = await load().startSmsAdapter(options);
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
    dispose: async () => provider?.stop(),
    async inject(event) {
      const { port } = running!.server.address() as AddressInfo;
      const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify(smsOf(event)) });
      if (answer.ok) return 'accepted';
      return answer.status >= 500 ? 'later' : 'refused';
    },
    outbound: (order) =>
      messageOrder(order, {
        channel: 'sms',
        to: { type: commonV1.ContactPointType.PHONE, value: numberOf('somebody') },
        from: ownNumber,
      }),
    sent: async () => sent,
  };
}
