import { commonV1, notificationV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import type { Client, Running } from './support/running';
import { startService } from './support/running';

let service: Running;
let client: Client;
jest.setTimeout(90_000);

beforeAll(async () => {
  service = await startService({ NOTIFICATION_LOOK_EVERY_MS: '50' }, [{}, {}]);
  client = service.client('acme');
});
afterAll(() => service?.stop());

const points = (prefix: string, n: number) =>
  Array.from({ length: n }, (_, i) => ({ type: commonV1.ContactPointType.EMAIL, value: `${prefix}${i}@example.org` }));
const soon = () => new Date(Date.now() + 1_800_000);
const toldOf = (prefix: string) => service.orders().filter(({ to }) => to?.value.startsWith(prefix));
const open = (incidentId: string, affected: commonV1.ContactPoint[]) =>
  client.openIncident({
    incidentId,
    title: 'Payments are slow',
    impact: 'card payments',
    message: 'We look into it.',
    nextUpdateAt: soon(),
    affected,
    requestId: '',
    severe: false,
  });
const { IncidentPhase: Phase } = v1;

it('an incident is told to everybody affected, phase by phase, each update once', async () => {
  const { incident } = await open('inc-1', points('ada', 30));
  expect(incident).toMatchObject({ phase: Phase.INVESTIGATING, affected: 30n, promiseId: 'incident-inc-1-1' });
  await eventually('the first news', () => toldOf('ada').length === 30);
  expect(toldOf('ada')[0]).toMatchObject({ subject: 'Payments are slow: investigating' });
  expect(toldOf('ada')[0]!.text).toMatch(/We look into it\.\n\nNext update by .* UTC, also when nothing has changed\./);
  await client.updateIncident({
    incidentId: 'inc-1',
    phase: Phase.IDENTIFIED,
    message: 'A cable.',
    nextUpdateAt: soon(),
    requestId: 'u1',
  });
  await client.updateIncident({
    incidentId: 'inc-1',
    phase: Phase.IDENTIFIED,
    message: 'Still that cable.',
    nextUpdateAt: soon(),
    requestId: '',
  });
  await client.subscribeToIncident({ incidentId: 'inc-1', contactPoints: points('bob', 1), requestId: '' });
  await eventually('who came later hears the latest', () => toldOf('bob').length === 1);
  const { incident: resolved } = await client.resolveIncident({
    incidentId: 'inc-1',
    message: 'Repaired.',
    requestId: '',
  });
  expect(resolved?.updates.map(({ phase }) => phase)).toEqual([
    Phase.INVESTIGATING,
    Phase.IDENTIFIED,
    Phase.IDENTIFIED,
    Phase.RESOLVED,
  ]);
  expect(resolved?.nextUpdateAt).toBeUndefined();
  await eventually('the end', () => toldOf('ada').filter(({ text }) => text.includes('Repaired.')).length === 30);
  const perAddress = new Map<string, string[]>();
  for (const { to, text } of toldOf('ada')) perAddress.set(to!.value, [...(perAddress.get(to!.value) ?? []), text]);
  for (const texts of perAddress.values()) expect(new Set(texts).size).toBe(texts.length);
  await expect(
    client.updateIncident({
      incidentId: 'inc-1',
      phase: Phase.MONITORING,
      message: 'x',
      nextUpdateAt: soon(),
      requestId: '',
    }),
  ).rejects.toMatchObject({ reason: 'INCIDENT_RESOLVED' });
  const { incident: reviewed } = await client.reviewIncident({
    incidentId: 'inc-1',
    message: 'There are two cables now.',
    requestId: '',
  });
  expect(reviewed?.updates.at(-1)).toMatchObject({ number: 5, review: true });
  await eventually('what was learnt', () => {
    const learnt = toldOf('ada').filter(({ subject }) => subject === 'Payments are slow: what we learnt');
    return learnt.length === 30 && learnt.every(({ text }) => text.endsWith('There are two cables now.'));
  });
  await eventually(
    'the facts',
    () =>
      service.names('inc-1').join() ===
      'IncidentOpened,IncidentAdvanced,IncidentAdvanced,IncidentResolved,IncidentReviewed',
  );
});

it.each<[string, Partial<v1.OpenIncidentRequest>]>([
  ['INCIDENT_EXISTS', { incidentId: 'inc-1' }],
  ['NEXT_UPDATE_IN_THE_PAST', { nextUpdateAt: new Date(0) }],
  ['NEXT_UPDATE_TOO_FAR', { nextUpdateAt: new Date(Date.now() + 9 * 86_400_000) }],
  ['NEXT_UPDATE_TOO_FAR', { nextUpdateAt: new Date(Date.now() + 45 * 60_000), severe: true }],
  ['INVALID_ARGUMENT', { nextUpdateAt: undefined }],
])('%s', async (reason, change) => {
  const request = {
    incidentId: 'inc-2',
    title: 'x',
    impact: '',
    message: 'x',
    nextUpdateAt: soon(),
    affected: [],
    requestId: '',
    severe: false,
    ...change,
  };
  await expect(client.openIncident(request)).rejects.toMatchObject({ reason });
});

it('an address that is none is named by its place in the list, and nobody is told', async () => {
  const [good] = points('ida', 1);
  const bad = { type: commonV1.ContactPointType.EMAIL, value: 'nobody' };
  const notification = v1.NotificationRequest.fromPartial({
    to: good,
    messageClass: v1.MessageClass.SERVICE,
    content: { $case: 'plain', value: { subject: 'x', text: 'x' } },
  } as never);
  const request = { tellingId: 'wrong', notification, recipients: [good!, bad], requestId: '' };
  const refusal = { reason: 'ADDRESS_INVALID', message: expect.stringContaining('recipients[1]') };
  await expect(client.tellCustomers(request)).rejects.toMatchObject(refusal);
  await expect(client.getTelling({ tellingId: 'wrong' })).rejects.toMatchObject({ reason: 'TELLING_NOT_FOUND' });
});

it('a message to many that is begun anew while it runs, by two processes, reaches everybody once', async () => {
  const other = service.client('acme', 1);
  const tell = (who: Client, recipients: commonV1.ContactPoint[], text: string) =>
    who.tellCustomers({
      tellingId: 'improvement-7',
      notification: v1.NotificationRequest.fromPartial({
        to: recipients[0],
        messageClass: v1.MessageClass.SERVICE,
        topic: 'improvements',
        content: { $case: 'plain', value: { subject: 'You said, we did', text } },
      } as never),
      recipients,
      requestId: '',
    });
  const all = points('eve', 900);
  await tell(client, all.slice(0, 900), 'The form is shorter now.');
  await Promise.all([tell(other, all.slice(0, 500), 'Other words.'), tell(client, points('zoe', 50), 'Other words.')]);
  await tell(other, points('abe', 50), 'Other words.');
  await eventually(
    'everybody',
    () => toldOf('eve').length + toldOf('zoe').length + toldOf('abe').length >= 1_000,
    60_000,
  );
  const { telling } = await eventually('it is done', async () => {
    const answer = await client.getTelling({ tellingId: 'improvement-7' });
    return answer.telling?.state === 'done' ? answer : undefined;
  });
  expect(telling?.recipients).toBe(1_000n);
  const orders = [...toldOf('eve'), ...toldOf('zoe'), ...toldOf('abe')];
  expect(orders).toHaveLength(1_000);
  expect(new Set(orders.map(({ to }) => to!.value)).size).toBe(1_000);
  expect(new Set(orders.map(({ text }) => text))).toEqual(new Set(['The form is shorter now.']));
});

it('what other services ask for by event goes out once, and what cannot be sent is set aside with its reason', async () => {
  const request = (value: string, messageClass: v1.MessageClass) =>
    v1.NotificationRequested.encode(
      v1.NotificationRequested.fromPartial({
        notification: {
          to: { type: commonV1.ContactPointType.EMAIL, value },
          messageClass,
          content: { $case: 'plain', value: { subject: 'Hi', text: 'Hi' } },
        },
      } as never),
    ).finish();
  const publish = (value: string, messageClass: v1.MessageClass, id: string) =>
    service.publish(
      'notification.requests.v1',
      {
        tenantId: 'acme',
        type: 'throughline.notification.v1.NotificationRequested',
        subject: value,
        contactPoint: '',
        data: request(value, messageClass),
      },
      id,
    );
  for (let i = 0; i < 3; i++) await publish('kim@example.org', v1.MessageClass.SERVICE, 'feedback/1');
  await publish('nobody', v1.MessageClass.SERVICE, 'feedback/2');
  await publish('lee@example.org', v1.MessageClass.SERVICE, 'feedback/3');
  await eventually('both', () => toldOf('kim').length === 1 && toldOf('lee').length === 1);
  const dead: string[] = [];
  await eventually('the dead letter', async () => {
    await service.bus.readTopic('notification.dlq.v1', ({ headers }) => void dead.push(JSON.stringify(headers)));
    return dead.length > 0;
  });
  expect(toldOf('kim')).toHaveLength(1);
});

it('what another service asked for and can never go is refused as an event; what is confidential is shown by no call', async () => {
  const ask = (id: string, fields: object) =>
    service.publish(
      'notification.requests.v1',
      {
        tenantId: 'acme',
        type: 'throughline.notification.v1.NotificationRequested',
        subject: id,
        contactPoint: '',
        data: v1.NotificationRequested.encode(
          v1.NotificationRequested.fromPartial({
            notification: { messageClass: v1.MessageClass.SERVICE, department: 'feedback', aboutId: id, ...fields },
          } as never),
        ).finish(),
      },
      `feedback/${id}`,
    );
  const email = (value: string) => ({ type: commonV1.ContactPointType.EMAIL, value });
  const plain = (text: string, html = '') => ({ $case: 'plain', value: { subject: 'A question', text, html } });
  const deliveryOf = (aboutId: string) =>
    eventually(`the delivery of ${aboutId}`, async () => {
      const found = await client.listDeliveries(v1.ListDeliveriesRequest.fromPartial({ aboutId }));
      return found.deliveries[0];
    });
  await ask('late', { to: email('late@example.org'), content: plain('x'), expiresAt: new Date(Date.now() - 1) });
  const phone = { type: commonV1.ContactPointType.PHONE, value: '+4915112345678' };
  await ask('unreachable', { to: phone, content: plain('x') });
  const secret = 'https://opinion.example.org/s/secret';
  await ask('secret', {
    to: email('max@example.org'),
    content: plain(secret, `<a href="${secret}">5</a>`),
    confidential: true,
  });
  for (const [aboutId, reason] of [
    ['late', 'EXPIRED'],
    ['unreachable', 'CHANNEL_NOT_CONFIGURED'],
  ]) {
    const refused = await deliveryOf(aboutId!);
    expect(refused).toMatchObject({ state: v1.DeliveryState.REFUSED, reason });
    await eventually('the event', () => service.names(refused.id).join() === 'DeliveryRefused');
  }
  const order = await eventually('the order', () => toldOf('max')[0]);
  expect(order).toMatchObject({ text: secret, html: `<a href="${secret}">5</a>` });
  const delivery = await deliveryOf('secret');
  expect(delivery).toMatchObject({ confidential: true, text: '', subject: 'A question' });
  const facts = service.seen.filter(({ topic }) => topic === 'notification.deliveries.v1');
  expect(facts.some(({ event }) => Buffer.from(event.data).includes('/s/secret'))).toBe(false);
});

it('a delay notice says why and by when', async () => {
  const to = { type: commonV1.ContactPointType.EMAIL, value: 'tom@example.org' };
  const { delivery } = await client.sendDelayNotice({
    to,
    what: 'your parcel',
    reason: 'the lorry broke down',
    nextAt: new Date('2030-01-07T10:00:00Z'),
    timeZone: 'Europe/Berlin',
    conversationId: '',
    ownerId: '',
    teamId: 'parcels',
    language: 'de',
    requestId: '',
  });
  expect(delivery).toMatchObject({ kind: 'delay', subject: 'Neues zu: your parcel' });
  expect(delivery?.text).toContain('the lorry broke down');
  expect(delivery?.text).toContain('7 Jan 2030, 11:00 (Europe/Berlin)');
  expect((await client.getDelayNotice({ noticeId: delivery!.id })).delivery?.id).toBe(delivery!.id);
});
