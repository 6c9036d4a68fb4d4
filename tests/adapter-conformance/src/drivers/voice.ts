import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { channelV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import { buildApp } from '../../../../services/channel-voice/src/app';
import { loadConfig } from '../../../../services/channel-voice/src/config';
import type { AdapterDriver, ExternalEvent, ExternalSend } from '../driver';

const authToken = 'conformance-conformance';
const publicUrl = 'https://voice.shop.example';
const account = 'conformance';
const startedAt = Date.now() - 60_000;

const stepOf = (n: number): string => {
  if (n === 1) return 'incoming';
  return n % 2 === 0 ? 'hold' : 'resumed';
};

const paramsOf = ({ thread, n, kind }: ExternalEvent): Record<string, string> => ({
  CallSid: `CA${thread.replace(/\W/g, '')}`,
  From: '+493012345678',
  To: '+493087654321',
  Timestamp: new Date(startedAt + n * 1_000).toISOString(),
  SequenceNumber: String(n),
  ...(kind === 'oversized' ? { QueueName: 'x'.repeat(2_000_000) } : {}),
});

/** The providers' signature: the URL and the sorted parameters under the secret of the account. */
const signatureOf = (path: string, params: Record<string, string>): string => {
  const text = Object.keys(params)
    .sort()
    .map((name) => name + params[name])
    .join('');
  return createHmac('sha1', authToken)
    .update(publicUrl + path + text)
    .digest('base64');
};

/** Stands for the provider's REST API, which drops commands whose idempotency token it has seen. */
async function startProvider(sent: ExternalSend[]) {
  const seen = new Set<string>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const token = String(request.headers['i-twilio-idempotency-token'] ?? Math.random());
    if (!seen.has(token)) sent.push({ text: new URLSearchParams(body).get('Twiml') ?? '', automatic: false });
    seen.add(token);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise<void>((resolve) => void server.close(() => resolve()).closeAllConnections()),
  };
}

const noMachines = 'a call has no mark for machines; the other side is a telephone';

/** Our voice adapter, driven as a telephony provider drives it. A thread is a call. */
export function voiceDriver(): AdapterDriver {
  const sent: ExternalSend[] = [];
  let provider: Awaited<ReturnType<typeof startProvider>> | undefined;
  let app: Awaited<ReturnType<typeof buildApp>> | undefined;
  return {
    channel: 'voice',
    adapter: 'channel-voice',
    group: 'channel-voice',
    // What became of a command shows in the events of the call.
    reportsDelivery: false,
    skips: { automatic: noMachines, own: noMachines, 'automatic-send': noMachines },
    async start({ kafkaBrokers, topicPrefix, mongoUrl, mongoDb, tenantId }) {
      provider ??= await startProvider(sent);
      const config = loadConfig({
        KAFKA_BROKERS: kafkaBrokers.join(','),
        KAFKA_TOPIC_PREFIX: topicPrefix,
        MONGO_URL: mongoUrl,
        MONGO_DB: mongoDb,
        HTTP_PORT: '0',
        OPS_PORT: '0',
        VOICE_ACCOUNTS: JSON.stringify([{ path: account, tenantId, authToken, publicUrl, providerUrl: provider.url }]),
      });
      app = await buildApp(config, { telemetry: noTelemetry(), publishTimeoutMs: 5_000 });
      await app.start();
    },
    async stop() {
      await app?.stop();
      app = undefined;
    },
    dispose: async () => provider?.stop(),
    async inject(event) {
      const path = `/voice/${account}/${stepOf(event.n)}`;
      const params = paramsOf(event);
      const answer = await fetch(`http://127.0.0.1:${app!.ports['http']}${path}`, {
        method: 'POST',
        headers: { 'x-twilio-signature': signatureOf(path, params) },
        body: new URLSearchParams(params),
      });
      await answer.text();
      if (answer.ok) return 'accepted';
      return answer.status >= 500 ? 'later' : 'refused';
    },
    outbound: (order) => ({
      type: 'throughline.channel.v1.CallControlRequested',
      data: channelV1.CallControlRequested.encode(
        channelV1.CallControlRequested.fromPartial({
          commandId: order.messageId,
          conversationId: order.conversationId,
          channel: 'voice',
          threadKey: 'CAreplay',
          action: { $case: 'announce', value: { text: order.text, language: 'en-GB' } },
        }),
      ).finish(),
    }),
    sent: async () => sent,
  };
}
