import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';
import { createFileStore } from '../../src/outbound/mongo/file-store';
import { createSendStore } from '../../src/outbound/mongo/send-store';
import type { NewSend } from '../../src/use-cases/ports';

const connection = mongoose.createConnection(process.env['MONGO_URL']!, {
  dbName: `email-int-${randomUUID().slice(0, 8)}`,
  writeConcern: { w: 'majority', journal: true },
});
const store = () => ({ db: connection.db! });

beforeAll(async () => {
  await connection.asPromise();
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

const send = (change: Partial<NewSend> = {}): NewSend => ({
  tenantId: 'acme',
  messageId: randomUUID(),
  conversationId: 'c1',
  threadKey: 'thread-1',
  to: 'ada@customer.example',
  tokens: [],
  rfcMessageId: `${randomUUID()}@shop.example`,
  atMostOnce: false,
  request: Buffer.from('request'),
  ...change,
});

describe('files', () => {
  const content = Buffer.alloc(9_000_000, 'x');

  test('what was put is what comes back, in pieces', async () => {
    const files = createFileStore(store());
    const stored = await files.put('acme', 'a.bin', 'text/plain', content);
    expect(stored).toMatchObject({ sizeBytes: 9_000_000, reference: `email-file:${stored.sha256}` });
    const back = await files.get('acme', stored.reference);
    expect(back?.content.equals(content)).toBe(true);
    expect(await files.get('acme', (await files.put('acme', 'e', 'x', Buffer.alloc(0))).reference)).toMatchObject({
      content: Buffer.alloc(0),
    });
  });

  test('fifty parallel writers of the same bytes keep one copy', async () => {
    const files = createFileStore(store());
    await Promise.all(Array.from({ length: 50 }, () => files.put('bulk', 'a', 'x', Buffer.from('same'))));
    expect(await store().db.collection('files').countDocuments({ tenantId: 'bulk' })).toBe(1);
  });

  test('a half-written file is completed by the next writer', async () => {
    const files = createFileStore(store());
    const { sha256, reference } = await files.put('torn', 'a', 'x', content);
    await store()
      .db.collection<{ _id: string }>('files')
      .deleteOne({ _id: `torn/${sha256}` });
    await store()
      .db.collection<{ _id: string }>('file_chunks')
      .deleteOne({ _id: `torn/${sha256}/4194304` });
    await files.put('torn', 'a', 'x', content);
    expect((await files.get('torn', reference))?.content.length).toBe(9_000_000);
  });

  test('another tenant, a wrong reference and an original are not to be had', async () => {
    const files = createFileStore(store());
    const { reference } = await files.put('acme', 'a', 'x', Buffer.from('secret'));
    expect(await files.get('other', reference)).toBeUndefined();
    expect(await files.get('acme', 'email-file:../../x')).toBeUndefined();
    expect(await files.get('acme', await files.putOriginal('acme', 'key', Buffer.from('raw')))).toBeUndefined();
  });

  test('the first original of a mail stays', async () => {
    const files = createFileStore(store());
    await files.putOriginal('first', 'key', Buffer.from('one'));
    await files.putOriginal('first', 'key', Buffer.from('two, longer'));
    expect(await store().db.collection('files').findOne({ tenantId: 'first' })).toMatchObject({ sizeBytes: 3 });
  });
});

describe('sends', () => {
  afterEach(async () => void (await store().db.collection('sends').deleteMany({})));

  test('fifty copies of a request are one send, and one of many claims gets it', async () => {
    const sends = createSendStore(store());
    const one = send();
    await Promise.all(Array.from({ length: 50 }, () => sends.accept([one, send({ messageId: one.messageId })], 1_000)));
    const claims = await Promise.all(Array.from({ length: 20 }, () => sends.claim(1_000, 60_000)));
    const won = claims.filter((claim) => claim !== undefined);
    expect(won).toHaveLength(1);
    expect(won[0]).toMatchObject({ messageId: one.messageId, attempts: 1, interrupted: false });
    expect(won[0]!.request.toString()).toBe('request');
  });

  test('a batch with known and new requests stores the new ones', async () => {
    const sends = createSendStore(store());
    const [known, fresh] = [send(), send()];
    await sends.accept([known], 0);
    await sends.accept([known, fresh, known], 0);
    expect(await store().db.collection('sends').countDocuments()).toBe(2);
  });

  test('nothing is claimed before it is due, and a dead claim comes back as interrupted', async () => {
    const sends = createSendStore(store());
    await sends.accept([send()], 1_000);
    expect(await sends.claim(999, 60_000)).toBeUndefined();
    const first = await sends.claim(1_000, 60_000);
    expect(await sends.claim(60_999, 60_000)).toBeUndefined();
    const second = await sends.claim(61_000, 60_000);
    expect(second).toMatchObject({ interrupted: true, attempts: 2 });
    // The zombie wakes up: its claim is gone.
    expect(await sends.settle(first!, { state: 'sent' }, 61_000)).toBe(false);
    expect(await sends.settle(second!, { state: 'sent' }, 61_000)).toBe(true);
    expect(await sends.claim(10_000_000, 60_000)).toBeUndefined();
  });

  test('a waiting mail is claimed again when it is due', async () => {
    const sends = createSendStore(store());
    await sends.accept([send()], 0);
    await sends.settle((await sends.claim(0, 1_000))!, { state: 'waiting', notBefore: 5_000, detail: 'busy' }, 0);
    expect(await sends.claim(4_999, 1_000)).toBeUndefined();
    expect(await sends.claim(5_000, 1_000)).toMatchObject({ interrupted: false, attempts: 2 });
  });

  test('results are reported until they are marked; the text of the mail is gone by then', async () => {
    const sends = createSendStore(store());
    const refused = send({ refused: { code: 'RECIPIENT_INVALID', detail: 'none' } });
    await sends.accept([refused, send()], 0);
    await sends.settle((await sends.claim(0, 1_000))!, { state: 'sent' }, 7);
    const told = await sends.unreported(10);
    expect(told.map((one) => [one.state, one.code])).toEqual(
      expect.arrayContaining([
        ['failed', 'RECIPIENT_INVALID'],
        ['sent', ''],
      ]),
    );
    await sends.markReported(told.map((one) => one.id));
    expect(await sends.unreported(10)).toEqual([]);
    expect(
      await store()
        .db.collection('sends')
        .countDocuments({ request: { $exists: true } }),
    ).toBe(0);
  });

  test('a mail is found by its id or token in any case, within its tenant only', async () => {
    const sends = createSendStore(store());
    const one = send({ tokens: ['ToKen'], rfcMessageId: 'ToKen@shop.example' });
    await sends.accept([one], 0);
    const expected = { messageId: one.messageId, conversationId: 'c1', threadKey: 'thread-1', to: one.to };
    expect(await sends.find('acme', ['token@SHOP.example'], [])).toEqual(expected);
    expect(await sends.find('acme', [], ['TOKEN'])).toEqual(expected);
    expect(await sends.find('other', ['ToKen@shop.example'], ['ToKen'])).toBeUndefined();
    expect(await sends.find('acme', ['other@x'], [])).toBeUndefined();
    expect(await sends.find('acme', [], [])).toBeUndefined();
  });
});
