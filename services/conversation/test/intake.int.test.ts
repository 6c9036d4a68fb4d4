import { newId } from '@throughline/core';
import { channelV1 } from '@throughline/proto';
import type { mongo } from 'mongoose';
import { claimOf, mailClaim } from '../src/domain/claims';
import type { Command } from '../src/domain/commands';
import { eventsAsText } from '../src/outbound/schema';
import { mergeConversations } from '../src/use-cases/move-messages';
import { commandExisting } from '../src/use-cases/run-command';
import { chat, createReplica, mail, openDatabase, read, settings, tokens } from './support/intake-harness';

let database: Awaited<ReturnType<typeof openDatabase>>;
let db: mongo.Db;

beforeAll(async () => {
  database = await openDatabase('intake');
  db = database.db;
});
afterAll(() => database.close());
beforeEach(async () => {
  for (const name of ['entries', 'conversations', 'touched', 'set_aside', 'acknowledgements']) {
    await db.collection(name).deleteMany({});
  }
});

const entries = () => db.collection('entries').countDocuments();
const events = (replica: ReturnType<typeof createReplica>) =>
  replica.told.flatMap((change) => change.events.map((event) => event.type));
const asides = async () => (await db.collection('set_aside').find().toArray()).map((doc) => doc['reason']).sort();

describe('repetition', () => {
  test('the same event 50 times, in one batch and in many, has one effect', async () => {
    const replica = createReplica(db);
    const event = chat('t1', 'e1', 'hello');
    await replica.take(...Array.from({ length: 10 }, () => event));
    for (let i = 0; i < 40; i += 1) await replica.take(event);
    expect(events(replica)).toEqual(['opened', 'message_received']);
    expect(await entries()).toBe(1);
  });

  test('an event repeated long after, by a process that remembers nothing, has no effect', async () => {
    const first = createReplica(db);
    const all = Array.from({ length: 60 }, (_, i) => chat('t1', `e${i}`, `line ${i}`));
    for (const event of all) await first.take(event);
    await first.journal.flush();
    const second = createReplica(db);
    await second.take(...all);
    await second.take(all[3] as channelV1.InboundEvent);
    expect(events(second)).toEqual([]);
    const [key] = (await db.collection('entries').distinct('k')) as string[];
    expect((await second.log.load([key as string])).get(key as string)?.held.state.messageCount).toBe(60);
  });

  test('killed between write and publish, the next process publishes exactly what was written', async () => {
    const first = createReplica(db);
    await first.take(chat('t1', 'e1', 'one'));
    first.failAt('publish');
    await expect(first.take(chat('t1', 'e2', 'two'), chat('t2', 'e3', 'three'))).rejects.toThrow();
    const second = createReplica(db);
    await second.take(chat('t1', 'e2', 'two'), chat('t2', 'e3', 'three'));
    const ids = (replica: typeof first) =>
      replica.told.flatMap((change) =>
        change.events.map((event) => (event.type === 'message_received' ? event.message.text : event.type)),
      );
    expect(ids(second)).toEqual(expect.arrayContaining(['two', 'opened', 'three']));
    expect(ids(second).filter((text) => text === 'two')).toHaveLength(1);
    expect(await entries()).toBe(3);
  });

  test('a change that the database refuses keeps no other of its batch, and goes in once the database is mended', async () => {
    const replica = createReplica(db);
    await replica.take(chat('t1', 'e1', 'one'));
    await db.command({ collMod: 'entries', validator: { ch: { $not: { $regex: 'unbearable' } } } });
    const batch = [
      chat('t1', 'e2', 'two'),
      chat('t2', 'e3', 'unbearable'),
      chat('t2', 'e4', 'behind it'),
      chat('t3', 'e5', 'three'),
    ];
    try {
      const { refused, changed } = await replica.take(...batch);
      expect([...refused].map(([{ threadKey }, { message }]) => [threadKey, /validation/.test(message)])).toEqual([
        ['t2', true],
        ['t2', true],
      ]);
      expect(changed).toHaveLength(2);
      expect(events(replica).filter((type) => type === 'message_received')).toHaveLength(3);
    } finally {
      await db.command({ collMod: 'entries', validator: {} });
    }
    expect((await replica.take(...batch)).refused.size).toBe(0);
    expect(events(replica).filter((type) => type === 'message_received')).toHaveLength(5);
  });

  test('two processes that take the same batches at the same time write one history', async () => {
    const replicas = [createReplica(db), createReplica(db)];
    const batches = Array.from({ length: 8 }, (_, b) =>
      Array.from({ length: 20 }, (_, i) => chat(`t${i % 5}`, `e${b}-${i}`, `${b * 20 + i}`)),
    );
    await Promise.all(
      replicas.map(async (replica) => {
        for (const batch of batches) await replica.take(...batch);
      }),
    );
    const keys = (await db.collection('entries').distinct('k')) as string[];
    expect(keys).toHaveLength(5);
    for (const key of keys) {
      const messages = await replicas[0]?.log.messagesOf(key, { from: 0, limit: 1000, newestFirst: false });
      const numbers = messages?.map((message) => Number(message.text)) ?? [];
      expect(numbers).toHaveLength(32);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      expect(messages?.map((message) => message.position)).toEqual(numbers.map((_, i) => i + 1));
    }
  });
});

const agent = { kind: 'AGENT' as const, id: 'agent-1', name: '' };
const request = { tenantId: 'acme', actor: agent, requestId: '', fingerprint: '' };
const optionsOf = ({ journal, log }: ReturnType<typeof createReplica>) => ({
  journal,
  log,
  now: Date.now,
  claimOf,
  mailClaim,
  newId,
  commanded: () => undefined,
});
const command = (replica: ReturnType<typeof createReplica>, id: string, ...commands: Command[]) =>
  commandExisting(request, id, () => ({ commands }), optionsOf(replica));
const close = (replica: ReturnType<typeof createReplica>, id: string) => {
  const base = { at: Date.now(), actor: agent, reason: 'done' };
  const { policy } = settings;
  return command(replica, id, { type: 'solve', ...base, wrapUpCode: '', policy }, { type: 'close', ...base });
};
const idOf = (replica: ReturnType<typeof createReplica>) => replica.told.at(-1)?.after.state.id as string;

describe('what a conversation has applied', () => {
  test('a process whose memory is older than the log writes nothing twice and goes on behind the other', async () => {
    const [first, second] = [createReplica(db), createReplica(db)];
    await first.take(chat('t1', 'e1', 'one'));
    await second.take(chat('t1', 'e2', 'two'));
    await first.take(chat('t1', 'e2', 'two'));
    await first.take(chat('t1', 'e1', 'one'), chat('t1', 'e3', 'three'));
    await second.take(chat('t1', 'e3', 'three'), chat('t1', 'e1', 'one'));
    const [key] = (await db.collection('entries').distinct('k')) as string[];
    const messages = await first.log.messagesOf(key as string, { from: 0, limit: 100, newestFirst: false });
    expect(messages.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  });

  test('a command in between forgets nothing', async () => {
    const replica = createReplica(db);
    await replica.take(chat('t1', 'e1', 'one'));
    await command(replica, idOf(replica), { type: 'hold', at: Date.now(), actor: agent, reason: 'asks the workshop' });
    const told = replica.told.length;
    await replica.take(chat('t1', 'e1', 'one'));
    expect(replica.told).toHaveLength(told);
  });

  test('repeated after its conversation was merged into another, an event stays where it was', async () => {
    const first = createReplica(db);
    await first.take(chat('t1', 'e1', 'one'));
    const source = idOf(first);
    await first.take(chat('t2', 'e2', 'two'));
    await mergeConversations(source, idOf(first), 'the same matter', request, optionsOf(first));
    await first.take(chat('t1', 'e3', 'three'));
    const before = await entries();
    for (const replica of [first, createReplica(db)]) {
      for (let i = 0; i < 2; i += 1) {
        await replica.take(chat('t1', 'e3', 'three'), chat('t2', 'e2', 'two'), chat('t1', 'e1', 'one'));
      }
    }
    expect(await entries()).toBe(before);
  });

  test('20 conversations follow one another, and a process that remembers nothing goes on and repeats nothing', async () => {
    const first = createReplica(db);
    const all = Array.from({ length: 20 }, (_, i) => chat('t1', `e${i}`, `line ${i}`));
    for (const event of all) {
      await first.take(event);
      await close(first, idOf(first));
    }
    expect(await db.collection('entries').distinct('k')).toHaveLength(20);
    const before = await entries();
    for (const replica of [first, createReplica(db)]) {
      await replica.take(...all);
      await replica.take(...all.toReversed());
      await replica.take(all[3] as channelV1.InboundEvent);
    }
    expect(await entries()).toBe(before);
    const second = createReplica(db);
    await second.take(chat('t1', 'e20', 'line 20'));
    expect(await db.collection('entries').distinct('k')).toHaveLength(21);
    const opened = second.told.flatMap((change) => change.events).find((event) => event.type === 'opened');
    expect(opened).toMatchObject({ previousId: first.told.at(-1)?.after.state.id });
    // Where the chain leads is known now: nothing is asked of the database to go there again.
    await second.take(chat('t1', 'e21', 'line 21'));
    database.commands.length = 0;
    await second.take(chat('t1', 'e22', 'line 22'));
    expect(database.commands.filter((name) => name === 'find')).toEqual([]);
  });

  test('a message of a thread is found by its id, another tenant finds nothing', async () => {
    const replica = createReplica(db);
    await replica.take(chat('t1', 'e1', 'one'), chat('t1', 'e2', 'two'));
    const told = replica.told.flatMap((change) => change.events);
    const two = told.find((event) => event.type === 'message_received' && event.message.text === 'two');
    const messageId = two?.type === 'message_received' ? two.message.id : '';
    expect((await replica.log.messageById('acme', messageId))?.message.text).toBe('two');
    expect(await replica.log.messageById('other', messageId)).toBeUndefined();
    expect(await replica.log.messageById('acme', `${messageId}x`)).toBeUndefined();
  });
});

describe('snapshots', () => {
  test('what a dead process had not saved is published and saved by another', async () => {
    const first = createReplica(db);
    await first.take(chat('t1', 'e1', 'one'));
    expect(await db.collection('conversations').countDocuments()).toBe(0);
    const second = createReplica(db);
    expect(await second.journal.recover(Date.now() + 1000)).toBe(1);
    expect(events(second)).toEqual(['opened', 'message_received']);
    expect(await db.collection('conversations').countDocuments()).toBe(1);
    expect(await db.collection('touched').countDocuments()).toBe(0);
    expect(await second.journal.recover(Date.now() + 1000)).toBe(0);
  });

  test('a saved snapshot is never replaced by an older one', async () => {
    const first = createReplica(db);
    await first.take(chat('t1', 'e1', 'one'));
    const stale = first.told.map((change) => change.after);
    await first.take(chat('t1', 'e2', 'two'));
    await first.journal.flush();
    await first.log.save(stale);
    expect((await db.collection('conversations').findOne({}))?.['messageCount']).toBe(2);
  });

  test('at full batches at most 12 commands per 1,000 events', async () => {
    const replica = createReplica(db);
    const batch = (round: number) =>
      Array.from({ length: 1000 }, (_, i) => chat(`t${(i + round * 300) % 1500}`, `r${round}-${i}`, 'hello'));
    await replica.take(...batch(0));
    database.commands.length = 0;
    await replica.take(...batch(1));
    await replica.journal.flush();
    expect(database.commands.length).toBeLessThanOrEqual(12);
    expect(database.commands).not.toContain('commitTransaction');
  });
});

describe('threads', () => {
  test('a signed token of a known sender joins, of a stranger starts a conversation with a suggestion', async () => {
    const replica = createReplica(db);
    await replica.take(mail({ id: 'm1@x', from: 'ada@example.org', subject: 'Order 7' }));
    const [opened] = replica.told;
    const sent = replica.told.flatMap((change) => change.events).find((event) => event.type === 'message_sent');
    expect(sent?.type === 'message_sent' && sent.mail?.autoSubmitted).toBe(true);
    const token = sent?.type === 'message_sent' ? (sent.mail?.replyToken ?? '') : '';
    expect(tokens.read('acme', token)).toBeDefined();
    expect(tokens.read('other', token)).toBeUndefined();
    const id = opened?.after.state.id;

    await replica.take(
      mail({ id: 'm2@x', from: 'ada@example.org', subject: 'Re: something else', inReplyTo: `${token}@shop.example` }),
    );
    await replica.take(
      mail({
        id: 'm3@x',
        from: 'eve@evil.example',
        subject: 'Re: Order 7',
        inReplyTo: `${token.toUpperCase()}@shop.example`,
      }),
    );
    const byMessage = async (mailId: string) => {
      const all = replica.told.flatMap((change) =>
        change.events.map((event) => ({ event, id: change.after.state.id, state: change.after.state })),
      );
      return all.find(({ event }) => event.type === 'message_received' && event.message.mailId === mailId);
    };
    const joined = await byMessage('m2@x');
    expect(joined?.id).toBe(id);
    expect(joined?.event.type === 'message_received' && joined.event.message.threading).toMatchObject({
      outcome: 'JOINED',
      score: 100,
    });
    const stranger = await byMessage('m3@x');
    expect(stranger?.id).not.toBe(id);
    expect(stranger?.state.suggestedId).toBe(id);
    expect(stranger?.event.type === 'message_received' && stranger.event.message.threading).toMatchObject({
      outcome: 'SUGGESTED',
      conversationId: id,
    });
    // The stranger's next mail goes to the stranger's own conversation.
    await replica.take(
      mail({
        id: 'm4@x',
        from: 'eve@evil.example',
        subject: 'Re: Order 7',
        inReplyTo: 'm3@x',
        references: [`${token}@shop.example`, 'm3@x'],
      }),
    );
    expect((await byMessage('m4@x'))?.id).toBe(stranger?.id);
  });

  test('references of the customer’s own mails join, also when the mails come in one batch', async () => {
    const replica = createReplica(db);
    await replica.take(
      mail({ id: 'a@x', from: 'ada@example.org', subject: 'Hello' }),
      mail({ id: 'b@x', from: 'ada@example.org', subject: 'Re: Hello', thread: 'another', references: ['a@x'] }),
    );
    await replica.take(
      mail({ id: 'c@x', from: 'ada@example.org', subject: 'Re: Hello', thread: 'third', inReplyTo: 'b@x' }),
    );
    expect(await db.collection('entries').distinct('k')).toHaveLength(1);
  });

  test('base subject and same sender join while it is recent', async () => {
    const replica = createReplica(db);
    await replica.take(mail({ id: 'a@x', from: 'ada@example.org', subject: 'Broken lamp' }));
    await replica.journal.flush();
    await replica.take(mail({ id: 'b@x', from: 'ada@example.org', subject: 'AW: Broken  Lamp' }));
    await replica.take(mail({ id: 'c@x', from: 'bob@example.org', subject: 'Re: Broken lamp' }));
    expect(await db.collection('entries').distinct('k')).toHaveLength(2);
  });
});

describe('what opens no conversation', () => {
  test('bounces, automatic answers, lists and spam are kept aside with their reason', async () => {
    const replica = createReplica(db);
    const { MessageClass } = channelV1;
    await replica.take(
      mail({ id: '1@x', from: 'mailer-daemon@x.example', subject: 'Undelivered', messageClass: MessageClass.BOUNCE }),
      mail({ id: '2@x', from: 'ada@example.org', subject: 'Away', messageClass: MessageClass.AUTO_REPLY }),
      mail({ id: '3@x', from: 'ada@example.org', subject: 'Away', autoSubmitted: 'auto-replied' }),
      mail({ id: '4@x', from: 'ads@example.org', subject: 'Buy', messageClass: MessageClass.SPAM }),
      mail({ id: '5@x', from: 'x@example.org', subject: 'report', messageClass: MessageClass.COMPLAINT }),
      mail({ id: '6@x', from: 'help@shop.example', subject: 'ours', messageClass: MessageClass.OWN }),
    );
    expect(await entries()).toBe(0);
    expect(await asides()).toEqual(['auto_reply', 'auto_reply', 'bounce', 'complaint', 'own_message', 'spam']);
    expect(replica.records).toEqual([]);
  });

  test('a bounce moves the delivery state of the message it answers', async () => {
    const replica = createReplica(db);
    await replica.take(mail({ id: 'm1@x', from: 'ada@example.org', subject: 'Order 7' }));
    const state = replica.told.at(-1)?.after.state;
    const token = tokens.sign('acme', state?.deliveries[0]?.id ?? '');
    await replica.take(
      mail({
        id: 'b1@x',
        from: 'mailer-daemon@x.example',
        subject: 'Undelivered',
        inReplyTo: `${token}@shop.example`,
        messageClass: channelV1.MessageClass.BOUNCE,
      }),
    );
    expect(replica.told.at(-1)?.after.state.deliveries[0]?.state).toBe('BOUNCED');
    expect(await asides()).toEqual(['bounce']);
  });
});

describe('automatic acknowledgement', () => {
  test('two auto-responders facing each other stop at once', async () => {
    const replica = createReplica(db);
    for (let i = 0; i < 20; i += 1) {
      // A rude one: it marks nothing and starts a new thread each time.
      await replica.take(mail({ id: `r${i}@x`, from: 'robot@example.org', subject: `Ticket ${i}` }));
    }
    const sent = replica.told.flatMap((change) => change.events).filter((event) => event.type === 'message_sent');
    expect(sent).toHaveLength(1);
    expect(replica.outcomes.filter((outcome) => outcome === 'within_period')).toHaveLength(19);
    expect(replica.records.filter((record) => record.topic === 'channel.outbound.v1')).toHaveLength(1);
  });

  test('killed before the acknowledgement, the repetition sends it once', async () => {
    const first = createReplica(db);
    const event = mail({ id: 'm1@x', from: 'ada@example.org', subject: 'Order 7' });
    await first.intake.take([read(event)]);
    const second = createReplica(db);
    await second.take(event);
    await second.take(event);
    const third = createReplica(db);
    await third.take(event);
    const sent = [...second.told, ...third.told]
      .flatMap((change) => change.events)
      .filter((one) => one.type === 'message_sent');
    expect(new Set(sent.map((one) => one.type === 'message_sent' && one.message.id)).size).toBe(1);
    expect(await entries()).toBe(2);
  });
});

describe('rows of an older form', () => {
  test('are rewritten once, and read as before', async () => {
    const replica = createReplica(db);
    await replica.take(chat('t1', 'e1', 'one'), chat('t1', 'e2', 'two'));
    const rows = db.collection('entries');
    const [row] = await rows.find().toArray();
    const nested = JSON.parse(row?.['ch']) as unknown[];
    await rows.updateMany({}, { $set: { ch: nested } });
    await eventsAsText(db);
    await eventsAsText(db);
    expect((await rows.findOne())?.['ch']).toBe(row?.['ch']);
    const key = row?.['k'] as string;
    const messages = await createReplica(db).log.messagesOf(key, { from: 1, limit: 10, newestFirst: false });
    expect(messages.map((message) => message.text)).toEqual(['one', 'two']);
  });
});
