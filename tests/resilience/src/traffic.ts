import { createHmac } from 'node:crypto';
import { Agent } from 'node:http';
import { decodeMessage } from '@throughline/bus';
import type { Product } from '@throughline/local';
import { conversationV1, journeyV1 } from '@throughline/proto';
import { createClient } from '@throughline/rpc';
import { SmtpRefusal, sayToSmtp } from '@throughline/testing';
import { ask } from './ask';
import type { World } from './world';
import { pause } from './world';

/** One way in which somebody outside asks something, and what becomes of it. */
export interface Traffic {
  kind: string;
  asked: number;
  /** What was asked and has no good answer: nobody may ask again, or asking again did not help either. */
  failed: string[];
  /** Tries after a first one that said "not now, ask again". */
  again: number;
  /** The slowest good answer, milliseconds. */
  slowest: number;
  /** Marks of what was acknowledged: each must have its effect once. */
  acknowledged: string[];
}

type Ask = (n: number, attempt: number) => Promise<void>;

/** The answer says that nothing was done: whoever asks again does no harm, whatever was asked. */
class NotNow extends Error {}

interface Kind {
  kind: string;
  perSecond: number;
  /** What is written on it; empty for what leaves nothing behind. */
  mark: string;
  /** May be asked again even when nobody knows what became of it: a read, or a write under a key. */
  repeatable: boolean;
  ask: Ask;
}

const PATIENCE_MS = 15_000;
const UNTIL_MS = 60_000;

const openLoop = (perSecond: number, send: (n: number) => Promise<void>) => {
  const began = Date.now();
  const running = new Set<Promise<void>>();
  let n = 0;
  // Due by the clock, whatever became of those before: a service that stalls meets what piles up.
  const timer = setInterval(() => {
    for (const due = ((Date.now() - began) / 1000) * perSecond; n < due; n++) {
      const one: Promise<void> = send(n).finally(() => running.delete(one));
      running.add(one);
    }
  }, 20);
  return async () => {
    clearInterval(timer);
    await Promise.all(running);
  };
};

const drive = ({ kind, perSecond, mark, repeatable, ask: askOnce }: Kind) => {
  const traffic: Traffic = { kind, asked: 0, failed: [], again: 0, slowest: 0, acknowledged: [] };
  const stop = openLoop(perSecond, async (n) => {
    traffic.asked++;
    const began = Date.now();
    for (let attempt = 0; ; attempt++) {
      try {
        await askOnce(n, attempt);
        traffic.slowest = Math.max(traffic.slowest, Date.now() - began);
        if (mark) traffic.acknowledged.push(`#${mark}${n}#`);
        return;
      } catch (error) {
        const again = repeatable || error instanceof NotNow;
        if (!again || Date.now() - began > UNTIL_MS)
          return void traffic.failed.push(`${n}: ${(error as Error).message}`);
        traffic.again++;
        await pause(100 + Math.random() * 200);
      }
    }
  });
  return { traffic, stop };
};

const postmark = (from: string, to: string, id: string, text: string): string[] => [
  'EHLO mail.example.org',
  `MAIL FROM:<${from}>`,
  `RCPT TO:<${to}>`,
  'DATA',
  `From: <${from}>\r\nTo: <${to}>\r\nSubject: A question\r\nMessage-ID: <${id}>\r\nDate: ${new Date().toUTCString()}\r\n\r\n${text}\r\n.`,
];

/** One mail over SMTP; what the server cannot take now may be sent again. */
const sendMail = (port: number, lines: string[]): Promise<void> =>
  sayToSmtp(port, lines, PATIENCE_MS).catch((error) => {
    if (error instanceof SmtpRefusal)
      throw error.code < 500 ? new NotNow(String(error.code)) : new Error(String(error.code));
    throw error;
  });

/** What whoever uses the product does all day, on every way in. `homes` are conversations to write into. */
const kindsOf = (product: Product, homes: string[]): Kind[] => {
  const { apiKey } = product;
  const port = Number(new URL(product.restUrl).port);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const home = (n: number) => homes[n % homes.length]!;
  const rest = async (question: { method: string; path: string; body?: unknown; idempotencyKey?: string }) => {
    const { status, body } = await ask({ port, key: apiKey, agent, ...question }, PATIENCE_MS);
    if (status === 200) return;
    const told = `${status} ${String(body['reason'] ?? '')} ${String(body['detail'] ?? '')}`;
    throw status === 429 ? new NotNow(told) : new Error(told);
  };
  const metadata = { authorization: `Bearer ${apiKey}` };
  const conversations = createClient(conversationV1.ConversationServiceService, product.grpcAddress, { metadata });
  const journeys = createClient(journeyV1.JourneyServiceService, product.grpcAddress, { metadata });
  const note = (n: number, mark: string) => ({
    method: 'POST',
    path: `/v1/conversations/${home(n)}/notes`,
    body: { text: `#${mark}${n}#` },
  });
  const reads = [
    '/v1/sla-policies',
    '/v1/queues',
    '/v1/suppressions',
    '/v1/surveys',
    '/v1/api-keys',
    `/v1/conversations/${home(0)}`,
  ];
  const voice = Number(new URL(product.voice.url).port);
  return [
    { kind: 'note', perSecond: 2, mark: 'n', repeatable: false, ask: (n) => rest(note(n, 'n')) },
    {
      kind: 'note under a key',
      perSecond: 2,
      mark: 'k',
      repeatable: true,
      ask: (n) => rest({ ...note(n, 'k'), idempotencyKey: `rolling-${n}` }),
    },
    {
      kind: 'read',
      perSecond: 3,
      mark: '',
      repeatable: true,
      ask: (n) => rest({ method: 'GET', path: reads[n % reads.length]! }),
    },
    {
      kind: 'note over gRPC',
      perSecond: 2,
      mark: 'g',
      repeatable: false,
      async ask(n) {
        await conversations.addNote(
          conversationV1.AddNoteRequest.fromPartial({ conversationId: home(n), text: `#g${n}#` }),
          { deadlineMs: PATIENCE_MS },
        );
      },
    },
    {
      kind: 'read over gRPC',
      perSecond: 2,
      mark: '',
      repeatable: true,
      async ask() {
        await journeys.listCustomers(journeyV1.ListCustomersRequest.fromPartial({}), { deadlineMs: PATIENCE_MS });
      },
    },
    {
      kind: 'mail',
      perSecond: 0.5,
      mark: 'm',
      repeatable: true,
      ask: (n) =>
        sendMail(
          product.smtp.port,
          postmark(`m${n}@x.example`, product.smtp.mailbox, `rolling-${n}@x.example`, `#m${n}#`),
        ),
    },
    {
      kind: 'webhook of a call',
      perSecond: 0.5,
      mark: 'v',
      repeatable: true,
      async ask(n) {
        const path = `/voice/${product.voice.accountPath}/incoming`;
        const params: Record<string, string> = {
          CallSid: `CAv${n}`,
          Direction: 'inbound',
          From: `+4930${1_000_000 + n}`,
          To: '+493012345678',
        };
        const signed = Object.keys(params)
          .sort()
          .reduce((all, name) => all + name + params[name], product.voice.publicUrl + path);
        const response = await fetch(`http://127.0.0.1:${voice}${path}`, {
          method: 'POST',
          headers: {
            'x-twilio-signature': createHmac('sha1', product.voice.authToken).update(signed).digest('base64'),
          },
          body: new URLSearchParams(params),
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        const text = await response.text();
        if (!response.ok) throw new Error(`${response.status} ${text}`);
      },
    },
  ];
};

/** Begins every kind of traffic; `stop` waits for the last answers. */
export const startTraffic = (product: Product, homes: string[]) => {
  const driven = kindsOf(product, homes).map(drive);
  return {
    traffic: driven.map(({ traffic }) => traffic),
    async stop() {
      await Promise.all(driven.map(({ stop }) => stop()));
    },
  };
};

/** Marks of what came of traffic, as the conversation service told everybody; an event that was sent again counts once. */
export const effectsOfTraffic = async (world: World): Promise<string[]> => {
  const found: string[] = [];
  const ids = new Set<string>();
  await world.bus.readTopic('conversation.conversations.v1', (raw) => {
    const event = decodeMessage(raw);
    if (ids.has(event.id)) return;
    ids.add(event.id);
    const type = event.type.slice(event.type.lastIndexOf('.') + 1);
    if (type === 'CallProgressed')
      found.push(`#v${Number(/\+4930(\d+)$/.exec(event.contactPoint ?? '')?.[1]) - 1_000_000}#`);
    if (type !== 'NoteAdded' && type !== 'MessageReceived') return;
    const mark = /#[nkgm]\d+#/.exec(Buffer.from(event.data).toString('latin1'))?.[0];
    if (mark) found.push(mark);
  });
  return found;
};
