import { notificationV1 } from '@throughline/proto';
import { Webhook } from 'standardwebhooks';
import type { Receiver, World } from './support';
import { eventually, numbers, startReceiver, startWebhooks } from './support';

const { WebhookDeliveryState, WebhookEndpointState } = notificationV1;

let receivers: Receiver[];
let world: World;
const [GIVE_UP_MS, TYPES] = [4_000, ['throughline.conversation.v1.*']];

beforeAll(async () => {
  receivers = await Promise.all(numbers(14).map(startReceiver));
  world = await startWebhooks(receivers, { NOTIFICATION_WEBHOOK_GIVE_UP_MS: String(GIVE_UP_MS) });
}, 60_000);
afterAll(async () => {
  await world?.stop();
  for (const receiver of receivers) receiver.stop();
});

jest.setTimeout(60_000);
const create = (tenantId: string, extra: Partial<notificationV1.CreateWebhookEndpointRequest>) =>
  world.client(tenantId).createWebhookEndpoint({
    webhookEndpointId: '',
    url: receivers[0]!.url,
    description: '',
    eventTypes: TYPES,
    requestId: '',
    ...extra,
  });
const list = (tenantId: string, id: string, extra: Partial<notificationV1.ListWebhookDeliveriesRequest> = {}) =>
  world.client(tenantId).listWebhookDeliveries({
    webhookEndpointId: id,
    states: [],
    eventType: '',
    recordedFrom: undefined,
    recordedTo: undefined,
    pageSize: 0,
    pageToken: '',
    ...extra,
  });
const replay = (tenantId: string, id: string, extra: Partial<notificationV1.ReplayDeliveriesRequest>) =>
  world.client(tenantId).replayDeliveries({
    webhookEndpointId: id,
    webhookDeliveryIds: [],
    from: undefined,
    to: undefined,
    failedOnly: false,
    requestId: '',
    ...extra,
  });
const byId = (id: string) => ({ webhookEndpointId: id, requestId: '' });

describe('an endpoint', () => {
  it('gets facts that it asked for, of its tenant, signed, in the order of each entity', async () => {
    const receiver = receivers[0]!;
    await world.endpoint('acme', receiver);
    await world.say('globex', ['theirs'], 2);
    await world.say('acme', ['a', 'b', 'c'], 20);
    await eventually('60 messages', () => receiver.taken.length >= 60);
    for (const entity of ['a', 'b', 'c']) expect(receiver.seqs(entity)).toEqual(numbers(20));
    expect(receiver.seqs('theirs')).toEqual([]);
    expect(receiver.turnedAway).toEqual([]);
    const [first] = receiver.taken;
    expect(first!.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'Throughline-Webhooks/1',
    });
    expect(JSON.parse(first!.body)).toMatchObject({
      type: 'throughline.conversation.v1.NoteAdded',
      tenantId: 'acme',
      timestamp: expect.stringMatching(/^20\d\d-/),
      data: {},
    });
    // Created, and asked for one package only: its own creation is no message.
    expect(world.told('WebhookEndpointCreated').map(({ tenantId }) => tenantId)).toContain('acme');
    expect(receiver.taken.every(({ type }) => type.startsWith('throughline.conversation.v1.'))).toBe(true);
  });

  it('is made once however often it is asked for, and its secret is nowhere to be read', async () => {
    const made = await create('once', { requestId: 'r1' });
    expect(await create('once', { requestId: 'r1' })).toEqual(made);
    await expect(create('once', { requestId: 'r1', description: 'x' })).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
    });
    await expect(create('once', { webhookEndpointId: made.webhookEndpoint!.id })).rejects.toMatchObject({
      reason: 'ENDPOINT_EXISTS',
    });
    const rows = await world.db.collection('webhook_endpoints').find({ tenantId: 'once' }).toArray();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(made.secret.slice(6));
    const shown = await world.client('once').getWebhookEndpoint({ webhookEndpointId: made.webhookEndpoint!.id });
    expect(JSON.stringify(shown.webhookEndpoint!.secrets)).not.toContain(made.secret.slice(6));
    await expect(
      world.client('other').getWebhookEndpoint({ webhookEndpointId: made.webhookEndpoint!.id }),
    ).rejects.toMatchObject({ reason: 'ENDPOINT_NOT_FOUND' });
  });

  it.each([
    ['http://example.com/', 'SCHEME_NOT_ALLOWED'],
    ['https://127.0.0.1/', 'ADDRESS_NOT_PUBLIC'],
    ['https://[::ffff:169.254.169.254]/', 'ADDRESS_NOT_PUBLIC'],
    ['https://0x7f.1/', 'ADDRESS_NOT_PUBLIC'],
    ['https://metadata.google.internal/', 'HOST_NOT_ALLOWED'],
    ['https://user:pw@example.com/', 'CREDENTIALS_IN_URL'],
    ['https://example.com:6379/', 'PORT_NOT_ALLOWED'],
    ['nonsense', 'URL_INVALID'],
  ])('at %s is refused: %s', async (url, reason) => {
    const violations = [expect.objectContaining({ field: 'url', rule: reason.toLowerCase() })];
    await expect(create('acme', { url })).rejects.toMatchObject({ reason, violations });
    const before = await create('refused', { webhookEndpointId: `e-${reason}-${url.length}` });
    const update = {
      webhookEndpointId: before.webhookEndpoint!.id,
      url,
      description: '',
      eventTypes: [],
      requestId: '',
    };
    const client = world.client('refused');
    await expect(client.updateWebhookEndpoint({ ...update, expectedVersion: undefined })).rejects.toMatchObject({
      reason,
    });
  });

  it('with a filter that names nothing of the contract is refused', async () => {
    for (const eventTypes of [['throughline.conversation.v1.Nothing'], ['throughline.nothing.v1.*'], ['google.rpc.*']])
      await expect(create('acme', { eventTypes })).rejects.toMatchObject({ reason: 'EVENT_TYPE_UNKNOWN' });
  });

  it('is changed, listed and deleted; nothing is sent to a deleted one', async () => {
    const client = world.client('crud');
    const ids = ['e1', 'e2', 'e3'];
    for (const webhookEndpointId of ids) await create('crud', { webhookEndpointId, url: receivers[1]!.url });
    const first = await client.listWebhookEndpoints({ pageSize: 2, pageToken: '' });
    const rest = await client.listWebhookEndpoints({ pageSize: 2, pageToken: first.nextPageToken });
    expect([...first.webhookEndpoints, ...rest.webhookEndpoints].map(({ id }) => id)).toEqual(ids);
    const change = {
      webhookEndpointId: 'e1',
      url: receivers[1]!.url,
      description: 'new',
      eventTypes: TYPES,
      requestId: '',
    };
    const changed = await client.updateWebhookEndpoint({ ...change, expectedVersion: 1n });
    expect(changed.webhookEndpoint).toMatchObject({ description: 'new', version: 2n });
    await expect(client.updateWebhookEndpoint({ ...change, expectedVersion: 1n })).rejects.toMatchObject({
      reason: 'ENDPOINT_CHANGED',
    });
    for (const id of ['e2', 'e3']) await client.deleteWebhookEndpoint(byId(id));
    await world.say('crud', ['x']);
    await eventually('the one that is left', () => receivers[1]!.taken.length > 0);
    expect((await client.listWebhookEndpoints({ pageSize: 0, pageToken: '' })).webhookEndpoints).toHaveLength(1);
    expect(await world.db.collection('webhook_deliveries').countDocuments({ tenantId: 'crud' })).toBe(1);
  });
});

describe('a receiver', () => {
  it('that is away for a while gets everything afterwards, in order, and once it said so', async () => {
    const receiver = receivers[2]!;
    const { id } = await world.endpoint('outage', receiver);
    await world.say('outage', ['a', 'b'], 3);
    await eventually('the first', () => receiver.taken.length === 6);
    let refused = 0;
    receiver.answers((response) => {
      refused++;
      response.writeHead(503).end();
    });
    await world.say('outage', ['a', 'b', 'c'], 10);
    await eventually('an open breaker', () => refused >= 6);
    receiver.answers((response, take) => {
      take();
      response.end();
    });
    await eventually('the rest', () => receiver.taken.length >= 36);
    expect(receiver.seqs('a')).toEqual(numbers(13));
    expect(receiver.seqs('b')).toEqual(numbers(13));
    expect(receiver.seqs('c')).toEqual(numbers(10));
    expect(refused).toBeLessThan(30);
    const shown = await eventually('a healthy endpoint', async () => {
      const { webhookEndpoint } = await world.client('outage').getWebhookEndpoint({ webhookEndpointId: id });
      return !webhookEndpoint!.failingSince && webhookEndpoint;
    });
    expect(shown.state).toBe(WebhookEndpointState.ENABLED);
  });

  it('that is back is told by whichever of its endpoints finds out first', async () => {
    const receiver = receivers[13]!;
    await world.endpoint('twice', receiver);
    const second = await world.endpoint('twice', receiver);
    // Each of them signs with a secret of its own.
    receiver.expects('');
    let away = true;
    let turnedAway = 0;
    receiver.answers((response, take) => {
      if (!away) take();
      else turnedAway++;
      response.writeHead(away ? 503 : 204).end();
    });
    await world.say('twice', ['a', 'b', 'c', 'd', 'e', 'f']);
    await eventually('an open breaker', () => turnedAway >= 6);
    // The second waits out a long back-off, as after hours of an outage.
    const long = new Date(Date.now() + 3_600_000);
    const queued = world.db.collection<{ _id: string; stamp: number; wakeAt: Date }>('webhook_queues');
    await world.db
      .collection('webhook_deliveries')
      .updateMany({ endpoint: `twice/${second.id}` }, { $set: { nextAt: long } });
    await queued.updateOne({ _id: `twice/${second.id}` }, { $set: { wakeAt: long }, $inc: { stamp: 1 } });
    away = false;
    await eventually('all messages of both', () => receiver.taken.length >= 12, 30_000);
    expect(new Set(receiver.taken.map(({ id }) => id)).size).toBe(12);
  });

  it('that never takes one message holds up its entity alone, until that is given up', async () => {
    const receiver = receivers[3]!;
    receiver.answers((response, take) => {
      if (receiver.taken.some(({ entity }) => entity === 'bad')) throw new Error('never');
      take();
      if (receiver.taken.at(-1)!.entity !== 'bad') return response.end();
      receiver.taken.pop();
      return response.writeHead(422).end();
    });
    const { id } = await world.endpoint('picky', receiver);
    await world.say('picky', ['bad', 'good'], 5);
    await eventually('the good ones', () => receiver.seqs('good').length === 5);
    const failed = await eventually('given up', async () => {
      const { webhookDeliveries } = await list('picky', id, { states: [WebhookDeliveryState.FAILED] });
      // The next one of the entity may have been given up as well by the time we look.
      expect(webhookDeliveries.every(({ entity }) => entity === 'picky/bad')).toBe(true);
      return webhookDeliveries.find(({ eventId }) => eventId === 'picky/bad/1');
    });
    const one = await world.client('picky').getWebhookDelivery({ webhookEndpointId: id, webhookDeliveryId: failed.id });
    expect(one.webhookDelivery!.attempts.length).toBeGreaterThan(2);
    expect(one.webhookDelivery!.attempts.every(({ statusCode }) => statusCode === 422)).toBe(true);
    expect(one.webhookDelivery!.body).toContain('"type":"throughline.conversation.v1.NoteAdded"');
  });

  it('that sends us elsewhere is not followed', async () => {
    const [receiver, inside] = [receivers[4]!, receivers[5]!];
    receiver.answers((response) => response.writeHead(307, { location: inside.url }).end());
    const { id } = await world.endpoint('redirect', receiver);
    await world.say('redirect', ['a']);
    const attempts = await eventually('an attempt', async () => {
      const [one] = (await list('redirect', id)).webhookDeliveries;
      return one && one.attemptCount > 0 && one;
    });
    expect(attempts.state).toBe(WebhookDeliveryState.PENDING);
    expect(inside.taken).toEqual([]);
  });

  it('that takes nothing is disabled after a notice; what was kept comes when it is enabled again', async () => {
    const receiver = receivers[6]!;
    receiver.answers((response) => response.writeHead(500).end());
    const { id } = await world.endpoint('dead', receiver);
    const client = world.client('dead');
    await world.say('dead', ['a', 'b', 'c', 'd', 'e', 'f'], 2);
    const disabled = await eventually(
      'disabled',
      async () => {
        const { webhookEndpoint } = await client.getWebhookEndpoint({ webhookEndpointId: id });
        return webhookEndpoint!.state === WebhookEndpointState.DISABLED && webhookEndpoint;
      },
      40_000,
    );
    expect(disabled.disabledReason).toMatch(/^nothing could be delivered since 20.*HTTP 500$/);
    const notice = await eventually('the notice', () =>
      world.told('WebhookEndpointFailing').find(({ tenantId }) => tenantId === 'dead'),
    );
    const end = await eventually('the end', () =>
      world.told('WebhookEndpointDisabled').find(({ tenantId }) => tenantId === 'dead'),
    );
    expect(notificationV1.WebhookEndpointDisabled.decode(end.data)).toMatchObject({ automatic: true });
    expect(notice.time.getTime()).toBeLessThan(end.time.getTime());
    await world.say('dead', ['later'], 3);
    await eventually('three kept', async () =>
      (await list('dead', id, { eventType: 'throughline.conversation.v1.NoteAdded' })).webhookDeliveries.some(
        ({ entity }) => entity === 'dead/later',
      ),
    );
    receiver.answers((response, take) => {
      take();
      response.end();
    });
    await client.enableWebhookEndpoint(byId(id));
    await eventually('what was kept', () => receiver.seqs('later').length === 3);
    expect(receiver.seqs('later')).toEqual([1, 2, 3]);
  });

  it('that is enabled through another process gets what was kept at once', async () => {
    const receiver = receivers[12]!;
    const { id } = await world.endpoint('elsewhere', receiver);
    await world.start();
    const addresses = world.apps.map(({ ports }) => `127.0.0.1:${ports['grpc']}`);
    const queue = { _id: `elsewhere/${id}` };
    let said = 0;
    for (const address of addresses) {
      const client = world.client('elsewhere', address);
      await client.disableWebhookEndpoint({ webhookEndpointId: id, reason: 'a test', requestId: '' });
      await world.say('elsewhere', ['a']);
      said++;
      // Whoever works on it has looked, found it disabled and put it to rest.
      await eventually('at rest', async () => {
        const waiting = await world.db.collection('webhook_deliveries').countDocuments({
          tenantId: 'elsewhere',
          state: 'pending',
        });
        const found = await world.db.collection<{ _id: string; wakeAt?: Date }>('webhook_queues').findOne(queue);
        return waiting === 1 && found && !found.wakeAt;
      });
      await client.enableWebhookEndpoint(byId(id));
      await eventually('what was kept', () => receiver.seqs('a').length === said);
    }
    await world.apps.pop()!.stop();
  });

  it('that is gone is disabled at once', async () => {
    const receiver = receivers[7]!;
    receiver.answers((response) => response.writeHead(410).end());
    const { id } = await world.endpoint('gone', receiver);
    await world.say('gone', ['a']);
    await eventually('disabled', async () => {
      const { webhookEndpoint } = await world.client('gone').getWebhookEndpoint({ webhookEndpointId: id });
      return webhookEndpoint!.disabledReason.includes('410');
    });
  });
});

describe('secrets', () => {
  it('overlap, so that a receiver changes in its time', async () => {
    const receiver = receivers[8]!;
    const { id, secret: old } = await world.endpoint('rotate', receiver);
    const client = world.client('rotate');
    const rotate = (requestId: string, overlapSeconds?: bigint) =>
      client.rotateSecret({ webhookEndpointId: id, overlapSeconds, requestId });
    const next = await rotate('first');
    expect((await rotate('first')).secret).toBe(next.secret);
    expect(next.webhookEndpoint!.secrets.map(({ expiresAt }) => expiresAt !== undefined)).toEqual([false, true]);
    await expect(rotate('second')).rejects.toMatchObject({ reason: 'ROTATION_RUNNING' });
    await world.say('rotate', ['a']);
    const one = await eventually('a message', () => receiver.taken[0]);
    for (const secret of [old, next.secret])
      new Webhook(secret).verify(one.body, one.headers as Record<string, string>);
    const last = await rotate('third', 0n);
    receiver.expects(last.secret);
    await world.say('rotate', ['a']);
    const two = await eventually('another message', () => receiver.taken[1]);
    for (const secret of [old, next.secret])
      expect(() => new Webhook(secret).verify(two.body, two.headers as Record<string, string>)).toThrow();
    expect(world.told('WebhookSecretRotated').length).toBeGreaterThan(0);
  });
});

describe('deliveries', () => {
  it('are listed page by page, and sent again by id and by time, with the same id', async () => {
    const receiver = receivers[9]!;
    const { id } = await world.endpoint('again', receiver);
    const begun = new Date();
    await world.say('again', ['a', 'b'], 5);
    await eventually('ten', () => receiver.taken.length === 10);
    await eventually(
      'settled',
      async () =>
        (await list('again', id, { states: [WebhookDeliveryState.DELIVERED] })).webhookDeliveries.length === 10,
    );
    const first = await list('again', id, { pageSize: 7 });
    const rest = await list('again', id, { pageSize: 7, pageToken: first.nextPageToken });
    const ids = [...first.webhookDeliveries, ...rest.webhookDeliveries].map((one) => one.id);
    expect(new Set(ids).size).toBe(10);
    expect(rest.nextPageToken).toBe('');
    expect(new Set(receiver.taken.map((one) => one.id))).toEqual(new Set(ids));

    const some = ids.slice(0, 3);
    expect(await replay('again', id, { webhookDeliveryIds: some, requestId: 'r1' })).toEqual({ replayedCount: 3n });
    await eventually('three more', () => receiver.taken.length === 13);
    expect(new Set(receiver.taken.slice(10).map((one) => one.id))).toEqual(new Set(some));
    expect(await replay('again', id, { webhookDeliveryIds: some, requestId: 'r1' })).toEqual({ replayedCount: 3n });

    await eventually(
      'settled again',
      async () =>
        (await list('again', id, { states: [WebhookDeliveryState.DELIVERED] })).webhookDeliveries.length === 10,
    );
    expect(await replay('again', id, { from: begun, requestId: 'r2' })).toEqual({ replayedCount: 10n });
    await eventually('ten more', () => receiver.taken.length === 23);
    for (const entity of ['a', 'b']) {
      const again = receiver.taken.slice(13).filter((one) => one.entity === entity);
      expect(again.map(({ seq }) => seq)).toEqual(numbers(5));
    }
    await expect(replay('again', id, {})).rejects.toMatchObject({ reason: 'REPLAY_EMPTY' });
    await expect(replay('again', id, { webhookDeliveryIds: ['msg_none'] })).rejects.toMatchObject({
      reason: 'DELIVERY_NOT_FOUND',
    });
    await expect(replay('again', id, { from: new Date(2), to: new Date(1) })).rejects.toMatchObject({
      reason: 'RANGE_INVALID',
    });
    await expect(list('again', id, { pageToken: 'x' })).rejects.toMatchObject({ reason: 'INVALID_ARGUMENT' });
  });

  it('of a test go out at once and tell what came of them', async () => {
    const receiver = receivers[10]!;
    const { id } = await world.endpoint('tested', receiver);
    const client = world.client('tested');
    await client.disableWebhookEndpoint({ webhookEndpointId: id, reason: '', requestId: '' });
    const good = await client.testEndpoint({ webhookEndpointId: id, requestId: 't1' });
    expect(good).toMatchObject({ delivered: true, attempt: { statusCode: 204 } });
    expect(receiver.taken[0]).toMatchObject({
      id: good.webhookDeliveryId,
      type: 'throughline.notification.v1.WebhookEndpointTested',
    });
    expect(await client.testEndpoint({ webhookEndpointId: id, requestId: 't1' })).toMatchObject({ delivered: true });
    expect(receiver.taken).toHaveLength(1);
    receiver.answers((response) => response.writeHead(404).end('a secret of the receiver'));
    const bad = await client.testEndpoint({ webhookEndpointId: id, requestId: '' });
    expect(bad).toMatchObject({ delivered: false, attempt: { statusCode: 404, reason: '' } });
    expect(
      JSON.stringify(await world.db.collection('webhook_deliveries').find({ tenantId: 'tested' }).toArray()),
    ).not.toContain('secret of the receiver');
  });

  it('are one, however often their event comes', async () => {
    const receiver = receivers[11]!;
    const { id } = await world.endpoint('twice', receiver);
    await world.say('twice', ['a'], 4);
    await eventually('four', () => receiver.taken.length === 4);
    await world.again();
    await world.say('twice', ['a']);
    await eventually('the fifth', () => receiver.seqs('a').length === 5);
    expect(receiver.taken).toHaveLength(5);
    expect((await list('twice', id)).webhookDeliveries).toHaveLength(5);
  });
});
