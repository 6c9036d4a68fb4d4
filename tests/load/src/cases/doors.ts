import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { decodeMessage } from '@throughline/bus';
import { freePort, sayToSmtp } from '@throughline/testing';
import { WebSocket } from 'ws';
import type { ServiceChild } from '../measure/children';
import { startService } from '../measure/children';
import type { Bench } from '../measure/context';
import { cpuMeters } from '../measure/context';
import { readFor } from '../measure/reads';
import { TENANT } from '../workload/channel-mix';
import { createTopics, deleteTopics } from '../workload/preload';
import { INBOUND, openAdmin, stopAll, topicsOf, waitReady } from './parts';

/** What one contact costs at the door of its channel, until it is acknowledged: microseconds of the processor by process. */
export interface DoorUse {
  what: string;
  perSecond: number;
  used: Record<string, number>;
  failed: number;
}

const SECRET = 'a secret only for benchmarks, long enough';
const CALLERS = 16;

/** A channel as somebody outside meets it: `open` gives what brings one more contact and waits until it is acknowledged. */
interface Door {
  what: string;
  /** Settings, but for the port. */
  settings: Record<string, string>;
  portSetting: string;
  open(port: number, caller: number): Promise<{ bring(n: number): Promise<void>; close(): void }>;
}

const PATIENCE_MS = 30_000;

const mailOf = (n: number): string[] => [
  'EHLO mail.example.org',
  `MAIL FROM:<c${n}@example.org>`,
  'RCPT TO:<support@bench.example>',
  'DATA',
  `From: <c${n}@example.org>\r\nTo: <support@bench.example>\r\nSubject: Where is my parcel\r\nMessage-ID: <bench-${n}@example.org>\r\nDate: ${new Date().toUTCString()}\r\n\r\n#${n}# My parcel has not arrived although the tracking page says so.\r\n.`,
];

const openChat = async (port: number): ReturnType<Door['open']> => {
  const session = await fetch(`http://127.0.0.1:${port}/chat/v1/sessions?tenant=${TENANT}`, { method: 'POST' });
  const { token } = (await session.json()) as { token: string };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/chat/v1?token=${token}`);
  let settle: { resolve(): void; reject(error: Error): void } | undefined;
  socket.on('message', (data) => {
    const text = data.toString();
    const { type } = JSON.parse(text) as { type: string };
    if (type === 'ack') settle?.resolve();
    if (type === 'error') settle?.reject(new Error(text));
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return {
    bring: (n) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        const text = `#${n}# Could you please look where my parcel is?`;
        socket.send(JSON.stringify({ type: 'message', clientId: `bench-${n}`, text }));
      }),
    close: () => socket.terminate(),
  };
};

const VOICE_URL = 'http://voice.example.org';
const VOICE_PATH = '/voice/benchmarks/incoming';

const openVoice = async (port: number): ReturnType<Door['open']> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = (body: string, signature: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': body.length,
        'x-twilio-signature': signature,
      };
      const asked = request({ port, host: '127.0.0.1', path: VOICE_PATH, method: 'POST', agent, headers }, (answer) => {
        answer.resume().on('end', () => {
          if (answer.statusCode === 200) resolve();
          else reject(new Error(String(answer.statusCode)));
        });
      });
      asked.on('error', reject).end(body);
    });
  return {
    async bring(n) {
      const params: [string, string][] = [
        ['CallSid', `CAbench${n}`],
        ['Direction', 'inbound'],
        ['From', `+4930${1_000_000 + n}`],
        ['To', '+493012345678'],
      ];
      const signed = params.reduce((all, [name, value]) => all + name + value, VOICE_URL + VOICE_PATH);
      const signature = createHmac('sha1', SECRET).update(signed).digest('base64');
      await post(new URLSearchParams(params).toString(), signature);
    },
    close: () => agent.destroy(),
  };
};

// Limits that no customer meets would be met by sixteen of them who never pause.
const doors: Record<string, Door> = {
  'channel-email': {
    what: 'a mail taken over SMTP',
    settings: {
      EMAIL_MAILBOXES: JSON.stringify([{ address: 'support@bench.example', tenantId: TENANT, name: 'Support' }]),
      EMAIL_MAX_MAILS_PER_MINUTE_PER_CLIENT: '1000000',
    },
    portSetting: 'SMTP_PORT',
    open: async (port) => ({ bring: (n) => sayToSmtp(port, mailOf(n), PATIENCE_MS), close: () => undefined }),
  },
  'channel-chat': {
    what: 'a message of a chat over its socket',
    settings: {
      CHAT_SECRETS: JSON.stringify([{ tenantId: TENANT, secret: SECRET }]),
      CHAT_MESSAGES_PER_SECOND: '1000',
    },
    portSetting: 'HTTP_PORT',
    open: openChat,
  },
  'channel-voice': {
    what: 'a signed webhook of a call',
    settings: {
      VOICE_ACCOUNTS: JSON.stringify([
        { path: 'benchmarks', tenantId: TENANT, authToken: SECRET, publicUrl: VOICE_URL },
      ]),
    },
    portSetting: 'HTTP_PORT',
    open: openVoice,
  },
};

const measureDoor = async (
  bench: Bench,
  name: string,
  { service, port }: { service: ServiceChild; port: number },
  ms: number,
): Promise<DoorUse & { brought: number }> => {
  const { what, open } = doors[name]!;
  const callers = await Promise.all(Array.from({ length: CALLERS }, (_, i) => open(port, i)));
  let asked = 0;
  let brought = 0;
  const idle = [...callers];
  const bring = async () => {
    const caller = idle.pop()!;
    try {
      await caller.bring(asked++);
      brought++;
    } finally {
      idle.push(caller);
    }
  };
  try {
    await readFor(bring, ms / 2, CALLERS);
    const meters = cpuMeters({ ...bench.servers, [name]: service.pid });
    const before = brought;
    const { perSecond, failed } = await readFor(bring, ms, CALLERS);
    const each = Math.max(1, brought - before);
    const used = Object.fromEntries(Object.entries(meters()).map(([who, cpu]) => [who, (cpu / each) * 1e6]));
    return { what, perSecond, used, failed, brought };
  } finally {
    for (const caller of callers) caller.close();
  }
};

/**
 * Contacts through each adapter, one adapter after the other, with sixteen customers who come again as soon as they are acknowledged. `right` is
 * false unless everything that was acknowledged is on the topic, once.
 */
export const throughDoors = async (bench: Bench, ms: number): Promise<{ uses: DoorUse[]; right: boolean }> => {
  const prefix = `${bench.fresh()}.`;
  const names = Object.keys(doors);
  const running: ServiceChild[] = [];
  await createTopics(bench.brokers, topicsOf(prefix));
  try {
    const started = await Promise.all(
      names.map(async (name) => {
        const { settings, portSetting } = doors[name]!;
        const port = await freePort();
        const service = await startService(name, {
          KAFKA_BROKERS: bench.brokers,
          KAFKA_TOPIC_PREFIX: prefix,
          MONGO_URL: bench.mongoUrl,
          MONGO_DB: `${prefix.slice(0, -1)}${name.slice(8, 9)}`,
          LOG_LEVEL: 'warn',
          [portSetting]: String(port),
          ...settings,
        });
        running.push(service);
        return { service, port };
      }),
    );
    await Promise.all(running.map((service) => waitReady(service)));
    const uses: (DoorUse & { brought: number })[] = [];
    for (const [i, name] of names.entries()) uses.push(await measureDoor(bench, name, started[i]!, ms));
    const ids = new Set<string>();
    let events = 0;
    await openAdmin(bench, prefix).readTopic(INBOUND, (message) => {
      events++;
      ids.add(`${message.key}/${decodeMessage(message).id}`);
    });
    const brought = uses.reduce((sum, use) => sum + use.brought, 0);
    return { uses, right: ids.size === brought && events === brought && uses.every(({ failed }) => failed === 0) };
  } finally {
    await stopAll(running);
    for (const name of names) await bench.client.db(`${prefix.slice(0, -1)}${name.slice(8, 9)}`).dropDatabase();
    await deleteTopics(bench.brokers, topicsOf(prefix));
  }
};
