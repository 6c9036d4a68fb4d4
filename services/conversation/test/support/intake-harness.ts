import type { IncomingEvent, OutgoingRecord } from '@throughline/bus';
import { channelV1, commonV1 } from '@throughline/proto';
import { mongo } from 'mongoose';
import { claimOf, mailClaim, successorClaim } from '../../src/domain/claims';
import { isOfConversations, readInbound } from '../../src/inbound/events/read-inbound';
import { createMongoLedger } from '../../src/outbound/mongo-ledger';
import { createMongoLog } from '../../src/outbound/mongo-log';
import { recordsOf } from '../../src/outbound/publish-changes';
import { createTokens } from '../../src/outbound/reply-token';
import { indexes } from '../../src/outbound/schema';
import { createAcknowledge } from '../../src/use-cases/acknowledge';
import { createIntake } from '../../src/use-cases/intake';
import { createJournal } from '../../src/use-cases/journal';
import type { Change } from '../../src/use-cases/ports';
import type { Settings } from '../../src/use-cases/settings';

export const settings: Settings = {
  policy: { reopenWindowMs: 7 * 86_400_000, autoCloseMs: 4 * 86_400_000, requiredOnSolve: [] },
  acknowledge: {
    channels: ['email'],
    periodMs: 86_400_000,
    hourlyCap: 3,
    ownAddresses: new Set(['help@shop.example']),
  },
  acknowledgeText: { en: { subject: 'We have your message', text: 'We answer within a day.' } },
  sendingChannels: ['email', 'chat'],
};

export const tokens = createTokens('a secret only for tests, long enough');

export const openDatabase = async (
  name: string,
): Promise<{ db: mongo.Db; close(): Promise<void>; commands: string[] }> => {
  const client = new mongo.MongoClient(process.env['MONGO_URL'] ?? 'mongodb://127.0.0.1:17117/?replicaSet=rs0', {
    writeConcern: { w: 'majority', journal: true },
    monitorCommands: true,
  });
  const commands: string[] = [];
  client.on('commandStarted', ({ commandName }) => void commands.push(commandName));
  await client.connect();
  const db = client.db(`${name}_${process.pid}_${Date.now().toString(36)}`);
  for (const { collection, name: index, keys, ...options } of indexes) {
    await db.collection(collection).createIndex(keys, { name: index, ...options });
  }
  return {
    db,
    commands,
    async close() {
      await db.dropDatabase();
      await client.close();
    },
  };
};

/** One process of the service without its transports: what it publishes is kept. */
export const createReplica = (db: mongo.Db, { now = () => Date.now() } = {}) => {
  const records: OutgoingRecord[] = [];
  const told: Change[] = [];
  let failing: string | undefined;
  const log = createMongoLog(db);
  const journal = createJournal({
    log,
    publish: async (changes) => {
      if (failing === 'publish') throw new Error('the process died before publishing');
      for (const change of changes) recordsOf(change, records);
      told.push(...changes);
    },
    cacheSize: 10_000,
  });
  const intake = createIntake({
    journal,
    log,
    settings,
    now,
    successorClaim,
    mailClaim,
    tokens,
    threadCacheSize: 10_000,
  });
  const outcomes: string[] = [];
  const acknowledge = createAcknowledge({
    journal,
    ledger: createMongoLedger(db),
    settings,
    tokens,
    messageIdFor: (key) => claimOf('acknowledgement', key),
    now,
    decided: (outcome) => void outcomes.push(outcome),
  });
  return {
    log,
    journal,
    records,
    told,
    outcomes,
    failAt: (point: string | undefined) => {
      failing = point;
    },
    async take(...events: channelV1.InboundEvent[]) {
      const result = await intake.take(events.map(read));
      await acknowledge(result.unacknowledged);
      return result;
    },
    intake,
  };
};

export const tenantId = 'acme';

export const read = (event: channelV1.InboundEvent) => {
  const data = channelV1.InboundEvent.encode(event).finish();
  const incoming: IncomingEvent = {
    id: event.eventKey,
    source: 'test',
    type: 'throughline.channel.v1.InboundEvent',
    subject: event.threadKey,
    time: new Date(),
    recordedAt: new Date(),
    tenantId,
    data,
    raw: Buffer.from(data),
  };
  const inbound = readInbound(incoming);
  if (!isOfConversations(inbound)) throw new Error('no event of a conversation');
  return inbound;
};

export const email = (value: string) => ({ type: commonV1.ContactPointType.EMAIL, value });

const { InboundEvent, InboundMessageReceived, EmailFacts } = channelV1;

export const chat = (thread: string, key: string, text: string, extra: object = {}): channelV1.InboundEvent =>
  InboundEvent.fromPartial({
    channel: 'chat',
    adapter: 'test-chat',
    threadKey: thread,
    eventKey: key,
    occurredAt: new Date(),
    contactPoint: { type: commonV1.ContactPointType.CHAT, value: `visitor-${thread}` },
    displayName: 'Ada',
    payload: { $case: 'messageReceived', value: InboundMessageReceived.fromPartial({ text }) },
    ...extra,
  });

export interface MailInput {
  id: string;
  from: string;
  subject: string;
  text?: string;
  thread?: string;
  inReplyTo?: string;
  references?: string[];
  plusToken?: string;
  subjectToken?: string;
  autoSubmitted?: string;
  nullReturnPath?: boolean;
  messageClass?: channelV1.MessageClass;
}

export const mail = (input: MailInput): channelV1.InboundEvent =>
  InboundEvent.fromPartial({
    channel: 'email',
    adapter: 'test-email',
    threadKey: input.thread ?? input.references?.[0] ?? input.inReplyTo ?? input.id,
    eventKey: input.id,
    occurredAt: new Date(),
    contactPoint: email(input.from),
    destination: 'help@shop.example',
    payload: {
      $case: 'messageReceived',
      value: InboundMessageReceived.fromPartial({
        subject: input.subject,
        text: input.text ?? 'My order has not arrived.',
        messageClass: input.messageClass ?? channelV1.MessageClass.NORMAL,
        email: EmailFacts.fromPartial({
          messageId: input.id,
          inReplyTo: input.inReplyTo ?? '',
          references: input.references ?? [],
          plusToken: input.plusToken ?? '',
          subjectToken: input.subjectToken ?? '',
          autoSubmitted: input.autoSubmitted ?? '',
          nullReturnPath: input.nullReturnPath ?? false,
        }),
      }),
    },
  });
