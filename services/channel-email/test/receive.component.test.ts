import { createHash } from 'node:crypto';
import type { channelV1 } from '@throughline/proto';
import { bounce, chinese, complaint, hostile, mailingList, plain, vacation } from './corpus';
import { hostileFiles, mailWith } from './files';
import type { Published, World } from './harness';
import { dialogue, eventually, startWorld } from './harness';

jest.setTimeout(60_000);

let world: World;
beforeAll(async () => {
  world = await startWorld({ EMAIL_TRUSTED_HOST: 'mx.shop.example' });
});
afterAll(() => world.stop());

const messageOf = (published: Published): channelV1.InboundMessageReceived => {
  if (published.event.payload?.$case !== 'messageReceived')
    throw new Error(`not a message: ${published.event.payload?.$case}`);
  return published.event.payload.value;
};

const withId = async (id: string): Promise<Published[]> => {
  const all = await world.published();
  return all.filter((one) => one.event.payload?.$case === 'messageReceived' && messageOf(one).email?.messageId === id);
};

test('a mail is one event that says who, where, what and when', async () => {
  const raw = plain({
    id: 'one@customer.example',
    headers: ['References: <root@customer.example>', 'Cc: Bob <bob@x.example>'],
  });
  expect(await world.deliver(raw, { to: ['Support+Tok@shop.example'] })).toMatch(/^250 2\.0\.0/);
  const [published, ...more] = await withId('one@customer.example');
  expect(more).toEqual([]);
  expect(published).toMatchObject({
    key: 'acme/email/root@customer.example',
    attributes: { tenantId: 'acme', contactPoint: 'email:ada@customer.example', channel: 'email' },
    event: {
      channel: 'email',
      adapter: 'channel-email',
      threadKey: 'root@customer.example',
      contactPoint: { type: 'CONTACT_POINT_TYPE_EMAIL', value: 'ada@customer.example' },
      displayName: 'Ada',
      destination: 'support@shop.example',
      identities: [],
    },
  });
  expect(messageOf(published!)).toMatchObject({
    text: 'Hello, where is my parcel?',
    subject: 'Where is my parcel',
    messageClass: 'MESSAGE_CLASS_NORMAL',
    truncated: false,
    email: { plusToken: 'Tok', baseSubject: 'Where is my parcel', otherRecipients: ['bob@x.example'], spf: 'none' },
  });
});

test('fifty deliveries of a mail have one event key, one thread and one kept original', async () => {
  const raws = Array.from(
    { length: 50 },
    (_, at) => `Received: from hop${at}.example; x\r\n${plain({ id: 'fifty@customer.example' })}`,
  );
  const answers = await Promise.all(raws.map((raw) => world.deliver(raw)));
  expect(new Set(answers.map((answer) => answer.slice(0, 3)))).toEqual(new Set(['250']));
  const published = await withId('fifty@customer.example');
  expect(published).toHaveLength(50);
  expect(new Set(published.map((one) => one.event.eventKey)).size).toBe(1);
  expect(new Set(published.map((one) => one.attributes.id)).size).toBe(1);
  expect(new Set(published.map((one) => one.key)).size).toBe(1);
  expect(new Set(published.map((one) => messageOf(one).rawReference)).size).toBe(1);
});

test('a stolen Message-ID swallows nothing', async () => {
  await world.deliver(plain({ id: 'stolen@customer.example' }));
  await world.deliver(plain({ id: 'stolen@customer.example', from: 'Eve <eve@evil.example>', body: ['other words'] }));
  const keys = (await withId('stolen@customer.example')).map((one) => one.event.eventKey);
  expect(new Set(keys).size).toBe(2);
});

test('one mail to two mailboxes and another tenant is one event each, and nobody learns of the other', async () => {
  const to = ['support@shop.example', 'support+x@shop.example', 'sales@shop.example', 'help@other.example'];
  await world.deliver(plain({ id: 'many@customer.example' }), { to });
  const published = await withId('many@customer.example');
  expect(published.map((one) => [one.attributes.tenantId, one.event.destination]).sort()).toEqual([
    ['acme', 'sales@shop.example'],
    ['acme', 'support@shop.example'],
    ['other', 'help@other.example'],
  ]);
  const other = published.find((one) => one.attributes.tenantId === 'other')!;
  expect(Buffer.from(other.attributes.data).toString('latin1')).not.toContain('sales@shop.example');
});

test.each([
  ['a vacation note', vacation(), 'vac@customer.example', 'AUTO_REPLY'],
  ['a mailing list', mailingList(), 'list@lists.example', 'BULK'],
  ['a bounce of a mail we do not know', bounce('unknown@elsewhere.example'), 'parts@customer.example', 'BOUNCE'],
  [
    'a complaint about a mail we do not know',
    complaint('unknown@elsewhere.example'),
    'parts@customer.example',
    'COMPLAINT',
  ],
  ['our own address', plain({ id: 'own@shop.example', from: 'sales@shop.example' }), 'own@shop.example', 'OWN'],
])('%s is told as what it is', async (_name, raw, id, expected) => {
  expect(await world.deliver(raw)).toMatch(/^250/);
  const classes = (await withId(id)).map((one) => messageOf(one).messageClass);
  expect(classes).toContain(`MESSAGE_CLASS_${expected}`);
});

test('legacy charsets arrive as Unicode', async () => {
  await world.deliver(chinese());
  expect(messageOf((await withId('gb@customer.example'))[0]!).text).toBe('你好');
});

test('an attachment is kept by content and only referred to', async () => {
  const raw = plain({
    id: 'file@customer.example',
    headers: ['MIME-Version: 1.0'],
  })
    .replace('text/plain; charset=utf-8', 'multipart/mixed; boundary="b"')
    .replace(
      'Hello, where is my parcel?',
      [
        '--b',
        '',
        'see file',
        '--b',
        'Content-Type: image/png; name="../../p.png"',
        'Content-Transfer-Encoding: base64',
        '',
        'PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+',
        '--b--',
      ].join('\r\n'),
    );
  await world.deliver(raw);
  const [file] = messageOf((await withId('file@customer.example'))[0]!).attachments;
  expect(file).toMatchObject({ fileName: 'p.png', mediaType: 'image/svg+xml', sizeBytes: 21n });
  expect(file!.reference).toBe(`email-file:${file!.sha256}`);
});

test.each(hostileFiles.map((one) => [one.what, one] as const))(
  'kept unopened, byte for byte: %s',
  async (_what, one) => {
    const id = `file-${hostileFiles.indexOf(one)}@evil.example`;
    const heap = process.memoryUsage().rss;
    expect(await world.deliver(mailWith(id, one))).toMatch(/^250/);
    const [file, ...more] = messageOf((await withId(id))[0]!).attachments;
    expect(more).toEqual([]);
    expect(file).toMatchObject({
      fileName: one.name,
      mediaType: one.type,
      sizeBytes: BigInt(one.bytes.length),
      sha256: createHash('sha256').update(one.bytes).digest('hex'),
    });
    expect(process.memoryUsage().rss - heap).toBeLessThan(50 * 1024 * 1024);
  },
);

test('a long text is cut, marked, and its event stays within 256 KiB', async () => {
  const body = Array.from({ length: 40_000 }, () => '漢字漢字漢字漢字');
  const references = Array.from({ length: 150 }, (_, at) => ` <${'r'.repeat(900)}${at}@x>`).join('\r\n');
  await world.deliver(plain({ id: 'long@customer.example', body, headers: [`References:${references}`] }));
  const [published] = await withId('long@customer.example');
  expect(messageOf(published!).truncated).toBe(true);
  expect(published!.bytes).toBeLessThan(256 * 1024);
  expect(messageOf(published!).text.length).toBeGreaterThan(10_000);
});

test.each(hostile.map((one) => [one.name, one] as const))('hostile: %s', async (_name, one) => {
  const answer = await world.deliver(one.raw);
  expect(answer).toMatch(one.expected === 'accepted' ? /^250/ : /^554 5\.6\.0/);
});

test('nothing is relayed: a stranger’s address, a look-alike and a routed address are refused', async () => {
  const answers = await dialogue(world.app.ports['smtp']!, [
    'EHLO evil.example',
    'MAIL FROM:<eve@evil.example>',
    'RCPT TO:<victim@elsewhere.example>',
    'RCPT TO:<support@shop.example.evil.example>',
    'RCPT TO:<@shop.example:victim@elsewhere.example>',
    'RCPT TO:<victim%elsewhere.example@shop.example>',
    'DATA',
  ]);
  expect(answers.slice(3, 7).map((answer) => answer.slice(0, 3))).not.toContain('250');
  expect(answers[3]).toMatch(/^550/);
  expect(answers[7]).toMatch(/^503/);
});

test('26 MiB are refused, announced or not, and the next mail passes', async () => {
  const announced = await dialogue(world.app.ports['smtp']!, [
    'EHLO x',
    `MAIL FROM:<a@x.example> SIZE=${26 * 1024 * 1024}`,
  ]);
  expect(announced[2]).toMatch(/^552/);
  const big = plain({ id: 'big@customer.example', body: Array.from({ length: 360_000 }, () => 'x'.repeat(76)) });
  expect(await world.deliver(big)).toMatch(/^552/);
  expect(await withId('big@customer.example')).toEqual([]);
  expect(await world.deliver(plain({ id: 'after@customer.example' }))).toMatch(/^250/);
});

test('a client that goes away in the middle leaves nothing behind', async () => {
  await dialogue(world.app.ports['smtp']!, [
    'EHLO x',
    'MAIL FROM:<a@x.example>',
    'RCPT TO:<support@shop.example>',
    'DATA',
  ]);
  expect(await world.deliver(plain({ id: 'alive@customer.example' }))).toMatch(/^250/);
});

test('the readiness page says ready', async () => {
  await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${world.app.ports['ops']}/readyz`);
    expect(answer.status).toBe(200);
  });
});
