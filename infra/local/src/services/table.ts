import type { Infra } from '../find-infra';
import type { ports as allPorts } from '../ports';
import type { Secrets } from '../secrets';
import { apiKeyOf, auditKeysOf } from '../secrets';

/** One service as its own process. */
export type ServiceSpec = {
  name: string;
  opsPort: number;
  env: Record<string, string>;
};

export type World = {
  infra: Infra;
  secrets: Secrets;
  ports: typeof allPorts;
  /** Put before every topic and database name; tests run several worlds on one Kafka. */
  topicPrefix?: string;
  databasePrefix?: string;
  extraEnv?: Record<string, string>;
};

const mailboxOf = (secrets: Secrets) => `support@${secrets.tenantId}.example`;

/** Every service of the product with the settings it needs on one machine, in the order of their start. */
export const serviceTable = (world: World): ServiceSpec[] => {
  const { infra, secrets, ports } = world;
  const shared = {
    KAFKA_BROKERS: infra.kafkaBrokers,
    KAFKA_TOPIC_PREFIX: world.topicPrefix ?? '',
    MONGO_URL: infra.mongoUrl,
    CALLER_PUBLIC_KEY: secrets.callerPublicKey,
    ...world.extraEnv,
  };
  const database = (name: string) => ({ MONGO_DB: `${world.databasePrefix ?? ''}${name}` });
  const service = (name: string, opsPort: number, env: Record<string, string>): ServiceSpec => ({
    name,
    opsPort,
    env: { ...shared, ...database(name), OPS_PORT: String(opsPort), ...env },
  });
  const local = (port: number) => `127.0.0.1:${port}`;
  return [
    service('journey', ports.journeyOps, { GRPC_PORT: String(ports.journeyGrpc) }),
    service('conversation', ports.conversationOps, {
      GRPC_PORT: String(ports.conversationGrpc),
      CONVERSATION_THREAD_SECRET: secrets.threadSecret,
    }),
    service('sla', ports.slaOps, { GRPC_PORT: String(ports.slaGrpc) }),
    service('routing', ports.routingOps, { GRPC_PORT: String(ports.routingGrpc) }),
    service('notification', ports.notificationOps, {
      GRPC_PORT: String(ports.notificationGrpc),
      HTTP_PORT: String(ports.notification),
      NOTIFICATION_SECRET: secrets.notificationSecret,
      NOTIFICATION_PUBLIC_URL: `http://${local(ports.notification)}`,
      NOTIFICATION_PROVIDERS: JSON.stringify([
        {
          tenantId: secrets.tenantId,
          url: `http://${local(ports.messageProvider)}`,
          accountSid: 'AClocal',
          authToken: secrets.notificationSecret,
          from: '+493012345678',
        },
      ]),
      NOTIFICATION_SLA_ADDRESS: local(ports.slaGrpc),
      CALLER_PRIVATE_KEY: secrets.callerPrivateKey,
      NOTIFICATION_WEBHOOK_ALLOW: local(ports.demoReceiver),
    }),
    service('feedback', ports.feedbackOps, {
      GRPC_PORT: String(ports.feedbackGrpc),
      HTTP_PORT: String(ports.survey),
      FEEDBACK_PUBLIC_URL: `http://${local(ports.survey)}`,
      FEEDBACK_LINK_KEYS: JSON.stringify([{ kid: 1, secret: secrets.surveyLinkSecret }]),
    }),
    service('gateway', ports.gatewayOps, {
      HTTP_PORT: String(ports.rest),
      GRPC_PORT: String(ports.grpc),
      CALLER_PRIVATE_KEY: secrets.callerPrivateKey,
      GATEWAY_BACKENDS: [
        `throughline.conversation=${local(ports.conversationGrpc)}`,
        `throughline.channel=${local(ports.conversationGrpc)}`,
        `throughline.journey=${local(ports.journeyGrpc)}`,
        `throughline.sla=${local(ports.slaGrpc)}`,
        `throughline.routing=${local(ports.routingGrpc)}`,
        `throughline.notification=${local(ports.notificationGrpc)}`,
        `throughline.feedback=${local(ports.feedbackGrpc)}`,
      ].join(','),
      GATEWAY_AUDIT_KEYS: auditKeysOf(secrets),
      GATEWAY_BOOTSTRAP_KEYS: JSON.stringify([{ tenantId: secrets.tenantId, key: apiKeyOf(secrets), scopes: ['*'] }]),
    }),
    service('channel-email', ports.emailOps, {
      SMTP_PORT: String(ports.smtp),
      SMTP_RELAY_URL: `smtp://${local(ports.mailSink)}`,
      EMAIL_MAILBOXES: JSON.stringify([{ address: mailboxOf(secrets), tenantId: secrets.tenantId, name: 'Support' }]),
      EMAIL_DKIM_KEYS: JSON.stringify([
        { domain: `${secrets.tenantId}.example`, selector: 'local', privateKey: secrets.mailSigningKey },
      ]),
    }),
    service('channel-chat', ports.chatOps, {
      HTTP_PORT: String(ports.chat),
      CHAT_SECRETS: JSON.stringify([{ tenantId: secrets.tenantId, secret: secrets.chatSecret }]),
    }),
    service('channel-voice', ports.voiceOps, {
      HTTP_PORT: String(ports.voice),
      VOICE_ACCOUNTS: JSON.stringify([
        {
          path: secrets.voiceAccountPath,
          tenantId: secrets.tenantId,
          authToken: secrets.voiceAuthToken,
          publicUrl: `http://${local(ports.voice)}`,
        },
      ]),
    }),
  ];
};

/** How customers and integrators reach the running product: kept in `.local/run.json` for the demo and for tests. */
export const productOf = (world: World, mailFolder: string) => {
  const { secrets, ports } = world;
  return {
    restUrl: `http://127.0.0.1:${ports.rest}`,
    grpcAddress: `127.0.0.1:${ports.grpc}`,
    apiKey: apiKeyOf(secrets),
    tenantId: secrets.tenantId,
    smtp: { host: '127.0.0.1', port: ports.smtp, mailbox: mailboxOf(secrets) },
    mailFolder,
    chat: { url: `ws://127.0.0.1:${ports.chat}`, secret: secrets.chatSecret },
    voice: {
      url: `http://127.0.0.1:${ports.voice}`,
      publicUrl: `http://127.0.0.1:${ports.voice}`,
      accountPath: secrets.voiceAccountPath,
      authToken: secrets.voiceAuthToken,
    },
    /** The one address on this machine that webhooks may be sent to: where the demo's receiver listens. */
    receiver: { port: ports.demoReceiver, url: `http://127.0.0.1:${ports.demoReceiver}/webhooks` },
  };
};

export type Product = ReturnType<typeof productOf>;
