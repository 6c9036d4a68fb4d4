import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MessageProvider } from '@throughline/local';
import { startMessageProvider } from '@throughline/local';
import { commonV1, notificationV1 as v1 } from '@throughline/proto';
import { eventually } from '@throughline/testing';
import { createLinks } from '../src/outbound/links';
import type { Client, Running } from './support/running';
import { startService } from './support/running';

let service: Running;
let client: Client;
let provider: MessageProvider;
let fault: 'none' | 'drop' | 'fail' = 'none';
jest.setTimeout(90_000);

const account = { accountSid: 'AC1', authToken: 'token' };
const secret = 'a-secret-of-the-tests-with-32-characters';
const publicUrl = 'http://notify.test';

let orders = 0;
/** A provider that takes an order and never says a word. */
const silent = createServer(() => {
  orders++;
});

beforeAll(async () => {
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port: silentPort } = silent.address() as AddressInfo;
  provider = await startMessageProvider({ port: 0, ...account, fault: () => fault });
  service = await startService({
    NOTIFICATION_LOOK_EVERY_MS: '50',
    NOTIFICATION_PUBLIC_URL: publicUrl,
    NOTIFICATION_SETTLE_MS: '1500',
    NOTIFICATION_LEASE_MS: '1000',
    NOTIFICATION_PROVIDER_DEADLINE_MS: '500',
    NOTIFICATION_PROVIDERS: JSON.stringify([
      { tenantId: 'acme', url: `http://127.0.0.1:${provider.port}`, from: '+493012345678', ...account },
      { tenantId: 'silent', url: `http://127.0.0.1:${silentPort}`, from: '+493012345679', ...account },
    ]),
  });
  client = service.client('acme');
});
afterAll(async () => {
  await service?.stop();
  await provider?.stop();
  silent.closeAllConnections();
  silent.close();
});

const { DeliveryState: State, MessageClass: Class } = v1;
const send = async (change: Partial<v1.NotificationRequest>) => {
  const notification = v1.NotificationRequest.fromPartial({
    messageClass: Class.TRANSACTIONAL,
    content: { $case: 'plain', value: { subject: '', text: 'Your code is 1234.', html: '' } },
    ...change,
  } as never);
  return (await client.sendNotification({ notification, requestId: '' })).delivery!;
};
const phone = (value: string) => ({ type: commonV1.ContactPointType.PHONE, value });
const until = (id: string, ...states: v1.DeliveryState[]) =>
  eventually(`${id} ${states.join()}`, async () => {
    const { delivery } = await client.getDelivery({ deliveryId: id });
    return delivery && states.includes(delivery.state) ? delivery : undefined;
  });
const takenBy = (number: string) => provider.taken.filter(({ to }) => to === number);
const door = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${service.apps[0]!.ports['http']}${path}`, init);
const pathOf = (url: string) => new URL(url).pathname;
const links = createLinks(secret, publicUrl);

describe('text messages and calls', () => {
  it('are handed to the provider once', async () => {
    const { id } = await send({ to: phone('+4915110000001') });
    const { providerId } = await until(id, State.SENT);
    expect(takenBy('+4915110000001')).toMatchObject([{ sid: providerId, kind: 'sms', body: 'Your code is 1234.' }]);
  });

  it('a call says the words, escaped', async () => {
    const content = {
      $case: 'plain' as const,
      value: { subject: '', text: 'We call <you> at 3 & not later.', html: '' },
    };
    const { id } = await send({ to: phone('+4915110000002'), channel: 'voice', content });
    await until(id, State.SENT);
    expect(takenBy('+4915110000002')[0]?.body).toContain('<Say>We call &lt;you&gt; at 3 &amp; not later.</Say>');
  });

  it('an answer that got lost is found out, not sent again; an order that was not taken is', async () => {
    fault = 'drop';
    const lost = await send({ to: phone('+4915110000003') });
    const doubted = await until(lost.id, State.UNKNOWN, State.SENT);
    fault = 'fail';
    const failed = await send({ to: phone('+4915110000004') });
    await until(failed.id, State.UNKNOWN);
    fault = 'none';
    const known = await until(doubted.id, State.SENT);
    await until(failed.id, State.SENT);
    expect(takenBy('+4915110000003').map(({ sid }) => sid)).toEqual([known.providerId]);
    expect(takenBy('+4915110000004')).toHaveLength(1);
    await eventually(
      'the facts',
      () => service.names(lost.id).join() === 'DeliveryQueued,DeliveryDoubted,DeliverySent',
    );
  });

  it('two that read the same to one number, both in doubt, are two', async () => {
    fault = 'drop';
    const both = await Promise.all([send({ to: phone('+4915110000005') }), send({ to: phone('+4915110000005') })]);
    const ends = await Promise.all(both.map(({ id }) => until(id, State.SENT)));
    fault = 'none';
    expect(takenBy('+4915110000005')).toHaveLength(2);
    expect(new Set(ends.map(({ providerId }) => providerId)).size).toBe(2);
  });

  it('what the provider reports counts when it is signed, in any order', async () => {
    const { createHmac } = await import('node:crypto');
    const { id } = await send({ to: phone('+4915110000006') });
    const { providerId } = await until(id, State.SENT);
    const url = links.callback('acme', id);
    const report = (status: string, key = account.authToken, to = url) => {
      const form = new URLSearchParams({ MessageSid: providerId, MessageStatus: status });
      const signed = createHmac('sha1', key)
        .update(`${url}MessageSid${providerId}MessageStatus${status}`)
        .digest('base64');
      return door(pathOf(to), { method: 'POST', body: form, headers: { 'x-twilio-signature': signed } });
    };
    expect((await report('delivered', 'another token')).status).toBe(403);
    expect(
      (await report('delivered', account.authToken, links.unsubscribe('acme', id).replace('/u/', '/callbacks/')))
        .status,
    ).toBe(404);
    expect((await report('delivered')).status).toBe(204);
    expect((await report('sent')).status).toBe(204);
    expect((await until(id, State.DELIVERED)).history.map(({ state }) => state)).toEqual([
      State.QUEUED,
      State.SENT,
      State.DELIVERED,
    ]);
  });
});

describe('one-click unsubscribe (RFC 8058)', () => {
  beforeAll(async () => {
    const { contactPolicy } = await client.getContactPolicy({});
    const senderPostalAddress = 'Acme Ltd\n1 Main Street\nSpringfield';
    await client.updateContactPolicy({
      contactPolicy: { ...contactPolicy!, senderPostalAddress },
      requestId: '',
      expectedVersion: undefined,
    });
  });

  const promoted = async (address: string) => {
    const to = { type: commonV1.ContactPointType.EMAIL, value: address };
    const customerId = (await send({ to, messageClass: Class.PROMOTIONAL })).customerId;
    await client.recordConsent({
      customerId,
      consent: v1.Consent.fromPartial({
        channel: 'email',
        givenAt: new Date(0),
        source: 'form',
        wording: 'Yes',
        evidence: 'form 7',
      } as never),
      requestId: '',
    });
    await client.updatePreferences({
      customerId,
      preferences: v1.Preferences.fromPartial({ quietHours: { starts: '00:00', ends: '00:01' } } as never),
      requestId: '',
    });
    const delivery = await send({ to, messageClass: Class.PROMOTIONAL, topic: 'offers' });
    const order = await eventually('the order', () =>
      service.orders().find(({ messageId }) => messageId === delivery.id),
    );
    return { delivery, order, customerId, to };
  };

  it('by one POST, idempotent, never by looking; nothing promotional goes there any more', async () => {
    const { order, delivery, to, customerId } = await promoted('ada@example.org');
    // Without an address the consent would stand on nobody's timeline.
    const consented = await eventually('the consent as a fact', () =>
      service.seen.find(({ event }) => event.subject === customerId && event.type.endsWith('.ConsentGiven')),
    );
    expect(consented.event.contactPoint).toBe('email:ada@example.org');
    expect(order.unsubscribeUrl.startsWith(`${publicUrl}/u/`)).toBe(true);
    expect(order.atMostOnce).toBe(true);
    expect(order.text).toMatch(/Unsubscribe or choose: http\S+\n\nAcme Ltd\n1 Main Street\nSpringfield$/);
    const path = pathOf(order.unsubscribeUrl);
    const post = (body: string, type = 'application/x-www-form-urlencoded') =>
      door(path, { method: 'POST', body, headers: { 'content-type': type } });
    for (let i = 0; i < 3; i++) expect((await door(path)).status).toBe(200);
    expect((await post('List-Unsubscribe=Maybe')).status).toBe(400);
    const none = await client.listSuppressions({ contactPoint: 'email:ada@example.org', pageSize: 0, pageToken: '' });
    expect(none.suppressions).toEqual([]);
    for (let i = 0; i < 2; i++) {
      const answer = await post('List-Unsubscribe=One-Click');
      expect([answer.status, answer.headers.get('set-cookie'), answer.redirected]).toEqual([200, null, false]);
    }
    const multipart = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n';
    expect((await post(multipart, 'multipart/form-data; boundary=x')).status).toBe(200);
    expect(await send({ to, messageClass: Class.PROMOTIONAL })).toMatchObject({
      state: State.REFUSED,
      reason: 'ADDRESS_SUPPRESSED',
    });
    expect((await send({ to })).state).toBe(State.QUEUED);
    await eventually('the fact', () => service.names(delivery.customerId).includes('PreferencesChanged'));
  });

  it('a token with any character changed, or of another door, opens nothing', async () => {
    const { order, delivery } = await promoted('grace@example.org');
    const path = pathOf(order.unsubscribeUrl);
    const post = (to: string) =>
      door(to, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
    for (let i = 4; i < path.length - 1; i += 3) {
      const other = path[i] === 'A' ? 'B' : 'A';
      if (path[i] !== '.') expect((await post(path.slice(0, i) + other + path.slice(i + 1))).status).toBe(404);
    }
    expect((await post(pathOf(links.preferences('acme', delivery.id)).replace('/p/', '/u/'))).status).toBe(404);
    expect(
      (
        await post(
          pathOf(createLinks('another secret of thirty-two chars', publicUrl).unsubscribe('acme', delivery.id)),
        )
      ).status,
    ).toBe(404);
  });

  it('the preferences page pauses and opts out of one topic', async () => {
    const { delivery, customerId, to } = await promoted('joan@example.org');
    const path = pathOf(links.preferences('acme', delivery.id));
    const page = await door(path);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await page.text();
    expect(text).toContain('Nothing more about offers by e-mail');
    expect(text).toContain('Nothing more about offers on any channel');
    await door(path, { method: 'POST', body: new URLSearchParams({ choice: 'pause' }) });
    await door(path, { method: 'POST', body: new URLSearchParams({ choice: 'topic' }) });
    const { preferences } = await client.getPreferences({ customerId });
    expect(preferences?.pausedUntil?.getTime()).toBeGreaterThan(Date.now());
    expect(preferences?.optOuts).toMatchObject([{ topic: 'offers', source: 'preferences_page' }]);
    expect(await send({ to, messageClass: Class.PROMOTIONAL, topic: 'offers' })).toMatchObject({ reason: 'OPTED_OUT' });
  });

  it('the preferences page speaks the language that is chosen on it, keeps quiet hours, and takes one topic back', async () => {
    const { delivery, customerId } = await promoted('jean@example.org');
    const path = pathOf(links.preferences('acme', delivery.id));
    const choose = (choice: string, more: Record<string, string> = {}) =>
      door(path, { method: 'POST', body: new URLSearchParams({ choice, ...more }) });
    const preferences = async () => (await client.getPreferences({ customerId })).preferences!;
    const german = await (await choose('language de')).text();
    expect(german).toContain('<html lang="de">');
    expect(german).toContain('Nichts mehr zu offers, per E-Mail');
    expect((await (await choose('language zh')).text()).includes('不接收任何推广消息')).toBe(true);
    expect((await preferences()).language).toBe('zh');
    await choose('language xx');
    expect((await preferences()).language).toBe('zh');

    await choose('quiet', { starts: '22:30', ends: '06:15' });
    expect((await preferences()).quietHours).toMatchObject({ starts: '22:30', ends: '06:15' });
    for (const wrong of [{ starts: '25:00', ends: '06:15' }, { starts: '06:15', ends: '06:15' }, {}])
      expect((await choose('quiet', wrong as Record<string, string>)).status).toBe(400);
    expect((await preferences()).quietHours?.starts).toBe('22:30');
    await choose('no quiet');
    expect((await preferences()).quietHours).toBeUndefined();

    await choose('topic everywhere');
    expect((await preferences()).optOuts).toMatchObject([{ topic: 'offers', channel: '' }]);
    await choose('again offers ');
    expect((await preferences()).optOuts).toEqual([]);
    // All at once is not undone by whoever holds an old mail.
    await choose('all');
    await choose('again  email');
    expect((await preferences()).optOuts).toMatchObject([{ topic: '', channel: 'email' }]);
    await eventually(
      'each change as a fact',
      () => service.names(customerId).filter((name) => name === 'PreferencesChanged').length === 8,
    );
  });
});

it('a provider that never answers delays its own tenant alone', async () => {
  const many = 300;
  const other = service.client('silent');
  const request = (n: number) =>
    v1.SendNotificationRequest.fromPartial({
      notification: {
        to: phone(`+49151200${String(10_000 + n)}`),
        messageClass: Class.TRANSACTIONAL,
        content: { $case: 'plain', value: { text: 'Your code is 1234.' } },
      },
    } as never);
  await Promise.all(Array.from({ length: many }, (_, n) => other.sendNotification(request(n))));
  await eventually('the first orders', () => orders > 0);
  const { id } = await send({ to: phone('+4915110000099') });
  await until(id, State.SENT);
  expect(orders).toBeLessThan(many);
});
