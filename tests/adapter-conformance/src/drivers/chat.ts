import { createHmac } from 'node:crypto';
import { commonV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import WebSocket from 'ws';
import { buildApp } from '../../../../services/channel-chat/src/app';
import { loadConfig } from '../../../../services/channel-chat/src/config';
import type { AdapterDriver, Answer, ExternalEvent, ExternalSend } from '../driver';
import { messageOrder } from '../message-order';

interface Frame {
  type: string;
  clientId?: string;
  reason?: string;
  cursor?: number;
  text?: string;
}

const secret = 'conformance-conformance-conformance';
const reader = 'somebody';

const tokenFor = (tenant: string, visitor: string): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(Date.now() / 1_000);
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ tenant, sub: visitor, iat: seconds, exp: seconds + 3_600 })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
};

const frameOf = (data: WebSocket.RawData): Frame => JSON.parse(data.toString()) as Frame;

const lasting = new Set(['TEXT_TOO_LONG', 'TEXT_REQUIRED', 'FRAME_MALFORMED', 'CLIENT_ID_INVALID']);

const answerOf = (frame: Frame): Answer => {
  if (frame.type === 'ack') return 'accepted';
  return lasting.has(frame.reason ?? '') ? 'refused' : 'later';
};

/** Sends one message as the widget does and waits for its acknowledgement. */
const say = (url: string, { n, thread, kind }: ExternalEvent): Promise<Answer> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    const clientId = `${thread}.${n}`;
    const text = `event ${n} of ${thread}${kind === 'oversized' ? 'x'.repeat(20_000) : ''}`;
    const end = (answer: Answer): void => {
      resolve(answer);
      socket.terminate();
    };
    socket.on('open', () => socket.send(JSON.stringify({ type: 'message', clientId, text })));
    socket.on('message', (data) => {
      const frame = frameOf(data);
      if (frame.clientId === clientId) end(answerOf(frame));
    });
    socket.on('close', () => end('later'));
    socket.on('error', () => end('later'));
  });

const machineMarks = 'people chat from our own widget; a chat frame has no mark for machines';

/** Our web chat, driven as the widget drives it. A thread is a visitor. */
export function chatDriver(): AdapterDriver {
  const sent: ExternalSend[] = [];
  let tenant = '';
  let cursor = 0;
  let app: Awaited<ReturnType<typeof buildApp>> | undefined;
  let listening: WebSocket | undefined;
  const url = (visitor: string, after: number): string =>
    `ws://127.0.0.1:${app!.ports['http']}/chat/v1?after=${after}&token=${tokenFor(tenant, visitor)}`;
  /** The page of a visitor that stays open and, after a break, comes back with the last cursor it saw. */
  const listen = (): void => {
    listening = new WebSocket(url(reader, cursor));
    listening.on('error', () => undefined);
    listening.on('message', (data) => {
      const frame = frameOf(data);
      if (frame.type !== 'message') return;
      cursor = frame.cursor!;
      sent.push({ text: frame.text!, automatic: false });
    });
  };
  return {
    channel: 'chat',
    adapter: 'channel-chat',
    group: 'channel-chat',
    // A page tells when it received a message, which is the first thing anybody knows of it.
    reportsDelivery: false,
    skips: { automatic: machineMarks, own: machineMarks, 'automatic-send': machineMarks },
    async start({ kafkaBrokers, topicPrefix, mongoUrl, mongoDb, tenantId }) {
      tenant = tenantId;
      const config = loadConfig({
        KAFKA_BROKERS: kafkaBrokers.join(','),
        KAFKA_TOPIC_PREFIX: topicPrefix,
        MONGO_URL: mongoUrl,
        MONGO_DB: mongoDb,
        HTTP_PORT: '0',
        OPS_PORT: '0',
        CHAT_SECRETS: JSON.stringify([{ tenantId, secret }]),
      });
      app = await buildApp(config, { telemetry: noTelemetry(), publishTimeoutMs: 5_000 });
      await app.start();
      listen();
    },
    async stop() {
      listening?.terminate();
      await app?.stop();
      app = undefined;
    },
    inject: (event) => say(url(event.thread, 0), event),
    outbound: (order) =>
      messageOrder(order, {
        channel: 'chat',
        to: { type: commonV1.ContactPointType.CHAT, value: reader },
        threadKey: reader,
      }),
    sent: async () => sent,
  };
}
