import { channelV1, commonV1, notificationV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { startService } from './support/running';

let service: Running;
let client: Client;
jest.setTimeout(90_000);

beforeAll(async () => {
  service = await startService({ NOTIFICATION_LOOK_EVERY_MS: '100' }, [{}, {}]);
  client = service.client('acme');
});
afterAll(() => service?.stop());

const { DeliveryState: State, MessageClass: Class } = v1;
let count = 0;
const newAddress = () => `ada${++count}@example.org`;
const request = (value: string, change: Partial<v1.NotificationRequest> = {}): v1.NotificationRequest =>
  v1.NotificationRequest.fromPartial({
    to: { type: commonV1.ContactPointType.EMAIL, value },
    messageClass: Class.TRANSACTIONAL,
    department: 'sales',
    content: { $case: 'plain', value: { subject: 'Your order', text: 'It is on its way.', html: '' } },
    ...change,
  } as never);
const send = async (notification: v1.NotificationRequest, requestId = '') =>
  (await client.sendNotification({ notification, requestId })).delivery!;
const allDay = {
  quietHours: undefined,
  defaultTimeZone: 'Etc/UTC',
  consentRequired: true,
  atRiskBlocks: true,
  holdSeconds: 86_400n,
  digest: true,
  senderPostalAddress: 'Acme Ltd, 1 Main Street, Springfield',
};
const setPolicy = (change: Partial<v1.ContactPolicy>) =>
  client.updateContactPolicy({
    contactPolicy: v1.ContactPolicy.fromPartial({ ...allDay, ...change } as never),
    requestId: '',
    expectedVersion: undefined,
  });
const consent = (customerId: string) =>
  client.recordConsent({
    customerId,
    consent: v1.Consent.fromPartial({
      channel: 'email',
      givenAt: new Date(Date.now() - 1000),
      source: 'web form',
      wording: 'Yes, send me offers.',
      evidence: 'form 7 of 203.0.113.9',
    } as never),
    requestId: '',
  });

describe('one message', () => {
  it('goes to the adapter once, whoever asks how often, and what the adapter says is its state', async () => {
    const notification = request(newAddress());
    const all = await Promise.all(Array.from({ length: 10 }, () => send(notification, 'r1')));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    const [delivery] = all;
    expect((await send(notification, 'r1')).state).toBe(State.QUEUED);
    const orders = await eventually('the order', () => {
      const found = service.orders().filter(({ messageId }) => messageId === delivery!.id);
      return found.length > 0 ? found : undefined;
    });
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({ channel: 'email', subject: 'Your order', text: 'It is on its way.' });
    await service.report('acme', delivery!.id, channelV1.DeliveryState.DELIVERED);
    await service.report('acme', delivery!.id, channelV1.DeliveryState.SENT);
    const done = await eventually('the state', async () => {
      const { delivery: now } = await client.getDelivery({ deliveryId: delivery!.id });
      return now?.state === State.DELIVERED ? now : undefined;
    });
    expect(done.history.map(({ state }) => state)).toEqual([State.QUEUED, State.DELIVERED]);
    await expect(send(request(newAddress()), 'r1')).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
    await eventually('the facts', () => service.names(delivery!.id).join() === 'DeliveryQueued,DeliveryConfirmed');
  });

  it('is taken in with others that come at the same moment, each with its own fate', async () => {
    const template = (templateId: string, name: string): Partial<v1.NotificationRequest> => ({
      content: {
        $case: 'template',
        value: { templateId, version: 0n, language: 'en', variables: { what: name, due: 'now' } },
      },
    });
    const same = request(newAddress());
    const all = await Promise.allSettled([
      send(same, 'together'),
      send(request(newAddress(), template('none', 'a'))),
      send(same, 'together'),
      send(request(newAddress(), template('promise-late', 'bicycle'))),
      send(request(newAddress()), 'together'),
      send(request('nobody')),
      send(request(newAddress(), template('promise-late', 'camera'))),
    ]);
    const shown = all.map((one) => (one.status === 'fulfilled' ? one.value.subject : one.reason.reason));
    expect(shown).toEqual([
      'Your order',
      'TEMPLATE_NOT_FOUND',
      'Your order',
      expect.stringContaining('bicycle'),
      'IDEMPOTENCY_KEY_REUSED',
      'ADDRESS_INVALID',
      expect.stringContaining('camera'),
    ]);
    expect(new Set(all.map((one) => (one.status === 'fulfilled' ? one.value.id : '')))).toHaveProperty('size', 4);
  });

  it('asks with its values where the channel can; elsewhere the words ask', async () => {
    const question = channelV1.AskedQuestion.fromPartial({ questionId: 'ask_1', text: 'How?', lowest: 1, highest: 5 });
    const orderOf = async (more: object) => {
      const { id } = await send({ ...request(newAddress()), question, ...more });
      return eventually('the order', () => service.orders().find(({ messageId }) => messageId === id));
    };
    const chat = { type: commonV1.ContactPointType.CHAT, value: 'fay' };
    expect((await orderOf({ to: chat })).question).toEqual(question);
    expect((await orderOf({})).question).toBeUndefined();
  });

  it.each<[string, Partial<v1.NotificationRequest>]>([
    ['ADDRESS_LIST', { to: { type: commonV1.ContactPointType.EMAIL, value: 'a@example.org,b@example.org' } }],
    ['ADDRESS_INVALID', { to: { type: commonV1.ContactPointType.EMAIL, value: 'nobody' } }],
    ['CHANNEL_MISMATCH', { channel: 'sms' }],
    ['CHANNEL_MISMATCH', { to: { type: commonV1.ContactPointType.EXTERNAL, value: 'crm:7' } }],
    ['CHANNEL_NOT_CONFIGURED', { to: { type: commonV1.ContactPointType.PHONE, value: '+4915112345678' } }],
    [
      'HEADER_INJECTION',
      { content: { $case: 'plain', value: { subject: 'Hi\r\nBcc: eve@example.org', text: 'x', html: '' } } },
    ],
    ['INVALID_ARGUMENT', { content: { $case: 'plain', value: { subject: '', text: 'x'.repeat(50_001), html: '' } } }],
    ['INVALID_ARGUMENT', { messageClass: Class.UNSPECIFIED }],
    [
      'TEMPLATE_NOT_FOUND',
      { content: { $case: 'template', value: { templateId: 'none', version: 0n, language: '', variables: {} } } },
    ],
    [
      'TEMPLATE_LANGUAGE_MISSING',
      {
        content: {
          $case: 'template',
          value: { templateId: 'promise-late', version: 0n, language: 'tlh', variables: { what: 'a', due: 'b' } },
        },
      },
    ],
    [
      'TEMPLATE_VARIABLE_UNKNOWN',
      {
        content: {
          $case: 'template',
          value: {
            templateId: 'promise-late',
            version: 0n,
            language: 'de',
            variables: { what: 'a', due: 'b', who: 'c' },
          },
        },
      },
    ],
  ])('%s is refused by name', async (reason, change) => {
    await expect(send(request('ada@example.org', change))).rejects.toMatchObject({ reason });
  });

  it('in the words of a template, in the language of the customer, in the version it was sent with', async () => {
    const texts = (word: string) => [
      { language: 'en', channel: '', subject: `${word} {{ name }}`, text: `${word} {{ name }}.`, html: '' },
      {
        language: 'zh',
        channel: '',
        subject: `{{ name }} ${word}`,
        text: `{{ name }} ${word}`,
        html: '<b>{{ name }}</b>',
      },
    ];
    const template = v1.NotificationTemplate.fromPartial({
      id: 'greeting',
      variables: ['name'],
      texts: texts('Hello'),
    } as never);
    await client.createNotificationTemplate({ template, requestId: '' });
    await expect(client.createNotificationTemplate({ template, requestId: '' })).rejects.toMatchObject({
      reason: 'TEMPLATE_EXISTS',
    });
    const address = newAddress();
    const content = {
      $case: 'template' as const,
      value: { templateId: 'greeting', version: 0n, language: '', variables: { name: '<Ada>' } },
    };
    const first = await send(request(address, { content }));
    expect(first).toMatchObject({ subject: 'Hello <Ada>', language: 'en', templateVersion: 1n });
    await client.updatePreferences({
      customerId: first.customerId,
      preferences: v1.Preferences.fromPartial({ language: 'zh-CN', timeZone: 'Asia/Shanghai' } as never),
      requestId: '',
    });
    const changed = { ...template, texts: texts('Hi') as v1.TemplateText[] };
    await client.updateNotificationTemplate({
      templateId: 'greeting',
      template: changed,
      expectedVersion: 1n,
      requestId: '',
    });
    const preview = await client.previewNotification({ notification: request(address, { content }), at: undefined });
    expect(preview).toMatchObject({
      state: State.QUEUED,
      language: 'zh',
      templateVersion: 2n,
      subject: '<Ada> Hi',
      html: '<b>&lt;Ada&gt;</b>',
    });
    const { template: old } = await client.getNotificationTemplate({ templateId: 'greeting', version: 1n });
    expect(old?.texts[0]?.subject).toBe('Hello {{ name }}');
  });
});

describe('the contact policy', () => {
  beforeAll(() => setPolicy({ budget: [{ name: 'minute', windowSeconds: 60n, maxMessages: 1, holds: [] }] }));

  const offer = (address: string, change: Partial<v1.NotificationRequest> = {}) =>
    request(address, {
      messageClass: Class.PROMOTIONAL,
      topic: 'offers',
      content: { $case: 'plain', value: { subject: 'An offer', text: 'Buy one.', html: '' } },
      ...change,
    });

  it('twenty departments at the same moment, through two processes, spend one budget', async () => {
    const address = newAddress();
    const { customerId } = await send(offer(address));
    await consent(customerId);
    const other = service.client('acme', 1);
    const { contactPolicy } = await client.getContactPolicy({});
    await eventually('both processes know the policy', async () => {
      return (await other.getContactPolicy({})).contactPolicy?.version === contactPolicy?.version;
    });
    const all = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const notification = offer(address, { department: `department ${i}` });
        const door = i % 2 === 0 ? client : other;
        return (await door.sendNotification({ notification, requestId: `race ${i}` })).delivery!;
      }),
    );
    expect(all.filter(({ state }) => state === State.QUEUED)).toHaveLength(1);
    expect(all.filter(({ state, reason }) => state === State.HELD && reason === 'BUDGET_SPENT')).toHaveLength(19);
    const { preferences } = await client.getPreferences({ customerId });
    expect(preferences?.spent).toHaveLength(1);
    expect(preferences?.heldDeliveryIds).toHaveLength(19);
  });

  it('refuses with a reason that the customer can be told, as an event and beforehand', async () => {
    const address = newAddress();
    const first = await send(offer(address));
    expect(first).toMatchObject({ state: State.REFUSED, reason: 'CONSENT_MISSING' });
    await consent(first.customerId);
    await client.markCustomerAtRisk({
      customerId: first.customerId,
      reason: 'open complaint',
      until: new Date(Date.now() + 60_000),
      requestId: '',
    });
    const preview = await client.previewNotification({ notification: offer(address), at: undefined });
    expect(preview).toMatchObject({ state: State.REFUSED, reason: 'CUSTOMER_AT_RISK' });
    expect(preview.explanation.join('\n')).toContain('at risk: open complaint');
    const later = await client.previewNotification({
      notification: offer(address),
      at: new Date(Date.now() + 120_000),
    });
    expect(later.state).toBe(State.QUEUED);
    expect(await send(offer(address))).toMatchObject({ state: State.REFUSED, reason: 'CUSTOMER_AT_RISK' });
    await eventually('the fact', () => service.names(first.id).includes('DeliveryRefused'));
  });

  it('of a tenant that has said no postal address sends no promotion by mail, at the door and for whoever asks by event', async () => {
    const own = service.client('nowhere');
    const address = newAddress();
    const notification = offer(address);
    await expect(own.sendNotification({ notification, requestId: '' })).rejects.toMatchObject({
      reason: 'POSTAL_ADDRESS_MISSING',
    });
    const { delivery } = await own.sendNotification({ notification: request(address), requestId: '' });
    expect(delivery!.state).toBe(State.QUEUED);
    const contactPolicy = v1.ContactPolicy.fromPartial({
      ...allDay,
      consentRequired: false,
      senderPostalAddress: '',
    } as never);
    await own.updateContactPolicy({ contactPolicy, requestId: '', expectedVersion: undefined });
    const preview = await own.previewNotification({ notification, at: undefined });
    expect(preview).toMatchObject({ state: State.REFUSED, reason: 'POSTAL_ADDRESS_MISSING' });
    expect(preview.explanation).toContain('postal address of the sender: none');
    const data = v1.NotificationRequested.encode({ notification }).finish();
    await service.publish('notification.requests.v1', {
      tenantId: 'nowhere',
      type: 'throughline.notification.v1.NotificationRequested',
      subject: 'offer',
      contactPoint: `email:${address}`,
      data,
    });
    await eventually('the refusal as a fact', async () => {
      const { deliveries } = await own.listDeliveries(
        v1.ListDeliveriesRequest.fromPartial({ customerId: delivery!.customerId } as never),
      );
      return deliveries.some(({ state, reason }) => state === State.REFUSED && reason === 'POSTAL_ADDRESS_MISSING');
    });
  });

  it('what waited goes out as one when there is room', async () => {
    await setPolicy({ budget: [{ name: 'tight', windowSeconds: 60n, maxMessages: 1, holds: [] }] });
    const address = newAddress();
    const { customerId } = await send(offer(address));
    await consent(customerId);
    await send(offer(address));
    const held = [
      await send(offer(address, { content: { $case: 'plain', value: { subject: 'Second', text: 'Two.', html: '' } } })),
    ];
    held.push(
      await send(
        offer(address, { content: { $case: 'plain', value: { subject: 'Third', text: 'Three.', html: '' } } }),
      ),
    );
    expect(held.map(({ state }) => state)).toEqual([State.HELD, State.HELD]);
    await setPolicy({ budget: [] });
    // Nothing waits longer than it must: as soon as the policy has room the next look lets it go.
    await service.db.collection('deliveries').updateMany({ state: 'held' }, { $set: { dueAt: new Date(0) } });
    const states = await eventually('both are out', async () => {
      const now = await Promise.all(
        held.map(async ({ id }) => (await client.getDelivery({ deliveryId: id })).delivery!),
      );
      return now.every(({ state }) => state !== State.HELD) ? now : undefined;
    });
    expect(states.map(({ state }) => state).sort()).toEqual([State.DIGESTED, State.QUEUED].sort());
    const carrier = states.find(({ state }) => state === State.QUEUED)!;
    expect(carrier.digestDeliveryIds).toEqual(states.filter(({ id }) => id !== carrier.id).map(({ id }) => id));
    expect(carrier).toMatchObject({ subject: '2 messages for you', text: 'Second\nTwo.\n\n----\n\nThird\nThree.' });
    const ordersOfCarrier = () => service.orders().filter(({ messageId }) => messageId === carrier.id);
    await eventually('its order', async () => ordersOfCarrier().length > 0);
    expect(ordersOfCarrier()).toHaveLength(1);
  });

  it('a mail that comes back for good suppresses the address; its owner and its hash alone are kept', async () => {
    const address = newAddress();
    const first = await send(request(address));
    await service.report('acme', first.id, channelV1.DeliveryState.BOUNCED, '5.1.1');
    const refused = await eventually('the list', async () => {
      const delivery = await send(request(address));
      return delivery.state === State.REFUSED ? delivery : undefined;
    });
    expect(refused.reason).toBe('ADDRESS_SUPPRESSED');
    const { suppressions } = await client.listSuppressions({
      contactPoint: `email:${address}`,
      pageSize: 0,
      pageToken: '',
    });
    expect(suppressions).toMatchObject([{ reason: v1.SuppressionReason.HARD_BOUNCE, source: first.id }]);
    expect(
      JSON.stringify(await service.db.collection('suppressions').find().project({ outbox: 0 }).toArray()),
    ).not.toContain(address);
    const to = { type: commonV1.ContactPointType.EMAIL, value: address };
    await client.removeSuppression({ contactPoint: to, reason: 'mailbox repaired', requestId: '' });
    expect((await send(request(address))).state).toBe(State.QUEUED);
    await expect(client.removeSuppression({ contactPoint: to, reason: 'again', requestId: '' })).rejects.toMatchObject({
      reason: 'SUPPRESSION_NOT_FOUND',
    });
  });

  it('STOP by text message stops promotions to the number, on any list', async () => {
    await service.textMessage('acme', '+4915112345678', ' Stop. ');
    await eventually('the list', async () => {
      const { suppressions } = await client.listSuppressions({
        contactPoint: 'phone:+4915112345678',
        pageSize: 0,
        pageToken: '',
      });
      return suppressions[0]?.reason === v1.SuppressionReason.OPT_OUT;
    });
  });
});

it('a message that its process left undecided is decided by another, and deliveries page', async () => {
  const address = newAddress();
  const { id } = await send(request(address));
  const stored = await service.db.collection<{ _id: string }>('deliveries').findOne({ _id: `acme/${id}` });
  const left = {
    ...stored!,
    _id: 'acme/ntf_left',
    deliveryId: 'ntf_left',
    id: 'ntf_left',
    state: 'requested',
    history: [],
    outbox: [],
    seq: 0,
    version: 1,
    dueAt: new Date(),
    createdAt: new Date(),
  };
  await service.db.collection<{ _id: string }>('deliveries').insertOne(left);
  await eventually(
    'a decision',
    async () => (await client.getDelivery({ deliveryId: 'ntf_left' })).delivery?.state === State.QUEUED,
  );
  const customerId = (stored as unknown as { customerId: string }).customerId;
  const first = await client.listDeliveries({
    customerId,
    states: [],
    kind: '',
    aboutId: '',
    pageSize: 1,
    pageToken: '',
  });
  const second = await client.listDeliveries({
    customerId,
    states: [],
    kind: '',
    aboutId: '',
    pageSize: 1,
    pageToken: first.nextPageToken,
  });
  expect([...first.deliveries, ...second.deliveries].map((one) => one.id)).toEqual(['ntf_left', id]);
  expect(second.nextPageToken).toBe('');
});

it('a broken promise marks the customer, and one that may be late is told before it is', async () => {
  const address = newAddress();
  await service.promise('acme', address, 'PromiseNoticeRequested', 'call you back');
  const told = await eventually('the notice', () => service.orders().find(({ to }) => to?.value === address));
  expect(told.subject).toContain('call you back');
  await service.promise('acme', address, 'PromiseBroken', 'call you back');
  const { delivery } = await client.sendNotification({
    notification: request(address, { messageClass: Class.TRANSACTIONAL }),
    requestId: '',
  });
  await eventually('the risk', async () => {
    const { preferences } = await client.getPreferences({ customerId: delivery!.customerId });
    return preferences!.risks[0]?.reason.includes('broken');
  });
});

it('an open case keeps promotions away until it is closed; another one that is still open goes on', async () => {
  await setPolicy({ consentRequired: false });
  const address = newAddress();
  const offer = (n: number) =>
    send(request(address, { messageClass: Class.PROMOTIONAL, topic: 'offers' }), `offer-${address}-${n}`);
  const until = new Date(Date.now() + 86_400_000);
  const risks = async (customerId: string) =>
    (await client.getPreferences({ customerId })).preferences!.risks.map(({ source }) => source);
  const { customerId } = await send(request(address));
  for (const ref of ['case/1', 'case/2', 'case/1']) {
    await service.risk('acme', address, 'CustomerRiskRaised', { ref, until, summary: 'a complaint is open' });
  }
  await eventually('both', async () => (await risks(customerId)).length === 2);
  expect(await offer(1)).toMatchObject({ state: State.REFUSED, reason: 'CUSTOMER_AT_RISK' });
  await service.risk('acme', address, 'CustomerRiskEnded', { ref: 'case/1', summary: 'the case is closed' });
  await eventually('one is over', async () => (await risks(customerId)).join() === 'feedback/case/2');
  expect(await offer(2)).toMatchObject({ state: State.REFUSED, reason: 'CUSTOMER_AT_RISK' });
  await service.risk('acme', address, 'CustomerRiskEnded', { ref: 'case/2', summary: 'the case is closed' });
  await eventually('all is well', async () => (await risks(customerId)).length === 0);
  // Heard of again, as after a reset of offsets, it marks nobody anew.
  await service.risk('acme', address, 'CustomerRiskRaised', { ref: 'case/1', until, summary: 'a complaint is open' });
  await service.risk('acme', address, 'CustomerRiskRaised', { ref: 'case/3', until: new Date(0), summary: 'long ago' });
  expect((await offer(3)).state).toBe(State.QUEUED);
  await eventually(
    'the facts',
    () => service.names(customerId).filter((name) => name === 'CustomerRiskReleased').length === 2,
  );
  expect(service.names(customerId).filter((name) => name === 'CustomerRiskMarked')).toHaveLength(2);
});
