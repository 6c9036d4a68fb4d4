import { generateKeyPairSync } from 'node:crypto';
import { channelV1, commonV1 } from '@throughline/proto';
import { noTelemetry } from '@throughline/telemetry';
import { bounce, complaint, plain } from './corpus';
import { verifyDkim } from './dkim';
import type { World } from './harness';
import { eventually, startWorld } from './harness';

jest.setTimeout(90_000);

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const telemetry = noTelemetry();
/** What the service logs, from its start on. */
const logged: unknown[][] = [];
for (const level of ['warn', 'info'] as const) {
  telemetry.log[level] = (...said: unknown[]) => void logged.push([level, ...said]);
}

let world: World;
beforeAll(async () => {
  const key = {
    domain: 'shop.example',
    selector: 's1',
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  };
  world = await startWorld({ EMAIL_DKIM_KEYS: JSON.stringify([key]) }, { telemetry });
});
afterAll(() => world.stop());
afterEach(() => {
  world.sink.rules.onRecipient = () => undefined;
  world.sink.rules.onData = () => undefined;
});

const sinkMail = (token: string) =>
  eventually(() => {
    const found = world.sink.mails.filter((mail) => mail.mail.messageId === `<${token}@shop.example>`);
    expect(found.length).toBeGreaterThan(0);
    return found[0]!;
  });

const statesOf = async (messageId: string): Promise<string[]> =>
  (await world.published()).flatMap(({ event }) =>
    event.payload?.$case === 'deliveryStatusChanged' && event.payload.value.messageId === messageId
      ? [event.payload.value.state.replace('DELIVERY_STATE_', '')]
      : [],
  );

const reaches = (messageId: string, state: string) =>
  eventually(async () => expect(await statesOf(messageId)).toContain(state));

const threading = (token: string, auto = false): channelV1.EmailThreading => ({
  replyToken: token,
  inReplyTo: 'one@customer.example',
  references: ['root@customer.example', 'one@customer.example'],
  autoSubmitted: auto,
});

test('a reply leaves with the headers its answer needs, and is told as sent', async () => {
  await world.request({ messageId: 'r1', threadKey: 'root@customer.example', email: threading('tok-r1') });
  const { from, to, mail } = await sinkMail('tok-r1');
  expect({ from, to }).toEqual({ from: 'support+tok-r1@shop.example', to: ['ada@customer.example'] });
  expect(mail).toMatchObject({
    from: { name: 'Shop Support', address: 'support@shop.example' },
    replyTo: [{ address: 'support+tok-r1@shop.example' }],
    inReplyTo: '<one@customer.example>',
    references: '<root@customer.example> <one@customer.example>',
    subject: 'Re: Where is my parcel',
  });
  expect(mail.text?.trim()).toBe('It is on its way.');
  expect(mail.html).toContain('<div>It is on its way.</div>');
  expect(mail.headers.some((header) => header.key === 'auto-submitted')).toBe(false);
  await reaches('r1', 'SENT');
});

test('fifty copies of a request are one mail, also after a restart', async () => {
  for (let copy = 0; copy < 50; copy += 1) await world.request({ messageId: 'r50', email: threading('tok-r50') });
  await reaches('r50', 'SENT');
  await world.restart();
  await world.request({ messageId: 'r50', email: threading('tok-r50') });
  await world.request({ messageId: 'r51', email: threading('tok-r51') });
  await reaches('r51', 'SENT');
  expect(world.sink.mails.filter((mail) => mail.mail.messageId === '<tok-r50@shop.example>')).toHaveLength(1);
});

test('an automatic answer says so and has no return address', async () => {
  await world.request({ messageId: 'a1', email: threading('tok-a1', true) });
  const { from, raw } = await sinkMail('tok-a1');
  expect(from).toBe('');
  expect(raw).toMatch(/^Auto-Submitted: auto-replied\r$/m);
});

test('a promotion is signed, and the signature covers both headers of one-click unsubscribe', async () => {
  await world.request({
    messageId: 'promo',
    subject: 'Grüße, und 20 % auf alles – auch auf das, was in der Überschrift nicht auf eine Zeile geht',
    text: '.A line that begins with a dot\n\ntwo  spaces, one at the end \n\n\n',
    purpose: channelV1.SendPurpose.NOTIFICATION,
    unsubscribeUrl: 'https://notify.example.org/u/t-1',
    email: threading('tok-promo'),
  });
  const { raw } = await sinkMail('tok-promo');
  const verified = verifyDkim(raw, publicKey);
  expect(verified).toMatchObject({ domain: 'shop.example', selector: 's1', bodyIntact: true, signatureValid: true });
  expect(verified!.covers).toEqual(
    expect.arrayContaining(['from', 'to', 'subject', 'reply-to', 'list-unsubscribe', 'list-unsubscribe-post']),
  );
  // What a stranger changes on the way is found out.
  const changed = (from: string | RegExp, to: string) => {
    const forged = raw.replace(from, to);
    expect(forged).not.toBe(raw);
    const { bodyIntact, signatureValid } = verifyDkim(forged, publicKey)!;
    return [bodyIntact, signatureValid];
  };
  expect(changed('List-Unsubscribe=One-Click', 'List-Unsubscribe=No')).toEqual([true, false]);
  expect(changed('notify.example.org/u/', 'evil.example.org/u/')).toEqual([true, false]);
  expect(changed(/^To: .*$/m, 'To: eve@elsewhere.example')).toEqual([true, false]);
  expect(changed('begins with a dot', 'begins with a bang')).toEqual([false, true]);
});

test('a domain without a key sends unsigned mails, and the start says which is which', async () => {
  await world.request({ messageId: 'o1', from: 'help@other.example', email: threading('tok-o1') }, 'other');
  const { raw } = await eventually(() => {
    const found = world.sink.mails.filter(({ mail }) => mail.messageId === '<tok-o1@other.example>');
    expect(found).toHaveLength(1);
    return found[0]!;
  });
  expect(verifyDkim(raw, publicKey)).toBeUndefined();
  const unsigned = logged.filter(([, , text]) => String(text).includes('unsigned'));
  // Once at each start.
  expect(unsigned.length).toBeGreaterThan(0);
  for (const [level, about] of unsigned)
    expect([level, about]).toEqual(['warn', { domain: 'other.example', setting: 'EMAIL_DKIM_KEYS' }]);
  const p = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  const txt = { name: 's1._domainkey.shop.example', value: `v=DKIM1; k=rsa; p=${p}` };
  expect(logged).toContainEqual(['info', { domain: 'shop.example', txt }, expect.stringContaining('signed')]);
});

test('nothing in a request can begin a header', async () => {
  const subject = 'Hi\r\nBcc: victim@elsewhere.example\r\n\r\nbody';
  await world.request({ messageId: 'inj', subject, email: { ...threading('tok-inj'), inReplyTo: 'a@x>\r\nBcc: b@x' } });
  const { to, mail } = await sinkMail('tok-inj');
  expect(to).toEqual(['ada@customer.example']);
  expect(mail.bcc).toBeUndefined();
  expect(mail.subject).toBe('Hi Bcc: victim@elsewhere.example body');
  expect(mail.inReplyTo).toBeUndefined();
});

test('a busy server is asked again, a missing recipient is told as failed', async () => {
  let busy = 2;
  world.sink.rules.onRecipient = (address) => {
    if (address.startsWith('nobody')) return 550;
    busy -= 1;
    return busy >= 0 ? 450 : undefined;
  };
  const point = { type: commonV1.ContactPointType.EMAIL, value: 'nobody@customer.example' };
  await world.request({ messageId: 'gone', to: point, email: threading('tok-gone') });
  await reaches('gone', 'FAILED');
  await world.request({ messageId: 'busy', email: threading('tok-busy') });
  await reaches('busy', 'SENT');
});

test('an answer that never came: a reply goes again under the same id, an automatic answer does not', async () => {
  let drops = 1;
  world.sink.rules.onData = () => {
    drops -= 1;
    return drops >= 0 ? 'drop' : undefined;
  };
  await world.request({ messageId: 'lost', email: threading('tok-lost') });
  await reaches('lost', 'SENT');
  expect(world.sink.mails.filter((mail) => mail.mail.messageId === '<tok-lost@shop.example>')).toHaveLength(2);
  drops = 1;
  await world.request({ messageId: 'lost-auto', email: threading('tok-lost-auto', true) });
  await reaches('lost-auto', 'FAILED');
  expect(world.sink.mails.filter((mail) => mail.mail.messageId === '<tok-lost-auto@shop.example>')).toHaveLength(1);
});

test.each([
  ['no-sender', { from: 'boss@elsewhere.example' }, 'SENDER_NOT_OURS'],
  ['no-recipient', { to: undefined }, 'RECIPIENT_INVALID'],
  [
    'no-file',
    { attachments: [{ fileName: 'a', mediaType: '', sizeBytes: 0n, sha256: '', reference: 'email-file:x' }] },
    'ATTACHMENT_NOT_FOUND',
  ],
])('what can never be sent is told with its reason: %s', async (messageId, change, code) => {
  await world.request({ messageId, ...change } as never);
  await eventually(async () => {
    const found = (await world.published()).find(
      ({ event }) => event.payload?.$case === 'deliveryStatusChanged' && event.payload.value.messageId === messageId,
    );
    expect(found?.event.payload).toMatchObject({ value: { state: 'DELIVERY_STATE_FAILED', code } });
  });
});

test('other channels and broken requests do not disturb', async () => {
  await world.request({ messageId: 'chat-1', channel: 'chat' });
  await world.request({ messageId: 'bad id with spaces', conversationId: 'broken' });
  await world.request({ messageId: 'fine', email: threading('tok-fine') });
  await reaches('fine', 'SENT');
  expect(await statesOf('chat-1')).toEqual([]);
});

test('an answer finds the thread by the token alone, a bounce and a complaint find the mail', async () => {
  await world.request({ messageId: 't1', threadKey: 'first@customer.example', email: threading('tok-t1') });
  await reaches('t1', 'SENT');
  await world.deliver(plain({ id: 'answer@customer.example', headers: ['In-Reply-To: <TOK-T1@shop.example>'] }));
  await world.deliver(plain({ id: 'tagged@customer.example' }), { to: ['support+tok-t1@shop.example'] });
  const published = await world.published();
  const threadOf = (id: string) =>
    published.find(
      ({ event }) => event.payload?.$case === 'messageReceived' && event.payload.value.email?.messageId === id,
    )?.event.threadKey;
  expect([threadOf('answer@customer.example'), threadOf('tagged@customer.example')]).toEqual([
    'first@customer.example',
    'first@customer.example',
  ]);
  await world.deliver(bounce('tok-t1@shop.example', 'delayed', '4.4.1'), { from: '' });
  await reaches('t1', 'QUEUED');
  await world.deliver(bounce('tok-t1@shop.example'), { from: '' });
  await reaches('t1', 'BOUNCED');
  await world.deliver(complaint('tok-t1@shop.example'));
  await reaches('t1', 'COMPLAINED');
});

test('our own mail coming back is told as ours', async () => {
  await world.request({ messageId: 'loop', email: threading('tok-loop') });
  await reaches('loop', 'SENT');
  await world.deliver(plain({ id: 'tok-loop@shop.example', from: 'ada@customer.example' }));
  const back = (await world.published()).find(
    ({ event }) =>
      event.payload?.$case === 'messageReceived' && event.payload.value.email?.messageId === 'tok-loop@shop.example',
  );
  expect(back?.event.payload).toMatchObject({ value: { messageClass: channelV1.MessageClass.OWN } });
});
