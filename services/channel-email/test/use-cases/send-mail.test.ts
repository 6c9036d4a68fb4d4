import type { OutgoingMail } from '../../src/domain/compose';
import type { NextStep, Outcome } from '../../src/domain/send';
import type { ClaimedSend, DeliveryNews, ReceivedMail, UnreportedSend } from '../../src/use-cases/ports';
import type { ReadRequest } from '../../src/use-cases/send-mail';
import { createSendMail } from '../../src/use-cases/send-mail';
import { support } from '../domain/mails';

const request: ReadRequest = {
  messageId: 'm1',
  tenantId: 'acme',
  from: support.address,
  to: 'ada@customer.example',
  subject: 's',
  text: 't',
  html: '',
  replyToken: 'tok',
  inReplyTo: '',
  references: [],
  autoSubmitted: false,
  files: [],
};

const claimed = (change: Partial<ClaimedSend> = {}): ClaimedSend => ({
  id: 'acme/m1',
  tenantId: 'acme',
  messageId: 'm1',
  conversationId: 'c1',
  threadKey: 'root@x',
  to: request.to,
  attempts: 1,
  createdAt: 0,
  atMostOnce: false,
  interrupted: false,
  claim: 'claim',
  request: Buffer.alloc(0),
  ...change,
});

const done: UnreportedSend = {
  ...claimed(),
  state: 'sent',
  code: '',
  detail: '',
  rfcMessageId: 'tok@shop.example',
  settledAt: 5,
};

/** The use case with a world that is told what to do and remembers what it was asked. */
const world = (options: {
  due?: ClaimedSend;
  outcome?: Outcome;
  ask?: Partial<ReadRequest>;
  busUp?: () => boolean;
}) => {
  const sent: OutgoingMail[] = [];
  const settled: NextStep[] = [];
  const told: (ReceivedMail | DeliveryNews)[] = [];
  let due = options.due;
  let unreported = [done];
  const mail = createSendMail(
    {
      sends: {
        accept: async () => undefined,
        claim: async () => {
          const next = due;
          due = undefined;
          return next;
        },
        settle: async (_send, next) => settled.push(next) > 0,
        unreported: async () => unreported,
        markReported: async (ids) => {
          unreported = unreported.filter((one) => !ids.includes(one.id));
        },
        find: async () => undefined,
      },
      relay: {
        send: async (one) => {
          sent.push(one);
          return options.outcome ?? { kind: 'accepted', detail: '' };
        },
      },
      files: {
        get: async () => undefined,
        put: async () => {
          throw new Error('not asked');
        },
        putOriginal: async () => '',
      },
      inbox: {
        publish: async (events) => {
          if (options.busUp && !options.busUp()) throw new Error('Kafka is away');
          told.push(...events);
        },
      },
      clock: { now: () => 1_000 },
      readRequest: () => ({ ...request, ...options.ask }),
      onSettled: () => undefined,
    },
    { mailboxes: [support], leaseMs: 1_000 },
  );
  return { mail, sent, settled, told };
};

test('nothing due is nothing done', async () => {
  const { mail, sent } = world({});
  expect(await mail.sendNext()).toBe(false);
  expect(sent).toEqual([]);
});

test('a due mail goes out and is settled', async () => {
  const { mail, sent, settled } = world({ due: claimed() });
  expect(await mail.sendNext()).toBe(true);
  expect(sent.map((one) => one.messageId)).toEqual(['tok@shop.example']);
  expect(settled).toEqual([{ state: 'sent' }]);
});

test('a reply that was cut off goes again under the same id, an automatic answer does not', async () => {
  const reply = world({ due: claimed({ interrupted: true, attempts: 2 }) });
  await reply.mail.sendNext();
  expect(reply.sent.map((one) => one.messageId)).toEqual(['tok@shop.example']);
  const automatic = world({ due: claimed({ interrupted: true, atMostOnce: true }) });
  await automatic.mail.sendNext();
  expect(automatic.sent).toEqual([]);
  expect(automatic.settled).toMatchObject([{ state: 'failed', code: 'unknown' }]);
});

test('a mail with a file that is not here is not sent without it', async () => {
  const files = [{ fileName: 'a', mediaType: '', reference: 'email-file:gone' }];
  const { mail, sent, settled } = world({ due: claimed(), ask: { files } });
  await mail.sendNext();
  expect(sent).toEqual([]);
  expect(settled).toMatchObject([{ state: 'failed', code: 'ATTACHMENT_NOT_FOUND' }]);
});

test('what became of a mail is told until Kafka has it, under one key', async () => {
  let up = false;
  const { mail, told } = world({ busUp: () => up });
  await expect(mail.report()).rejects.toThrow('Kafka is away');
  up = true;
  expect(await mail.report()).toBe(1);
  expect(await mail.report()).toBe(0);
  expect(told).toMatchObject([{ kind: 'delivery', eventKey: 'm1/sent', threadKey: 'root@x', state: 'sent' }]);
});
