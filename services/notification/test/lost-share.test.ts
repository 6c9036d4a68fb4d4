import type { Delivery } from '../src/domain/delivery/delivery';
import { newDelivery } from '../src/domain/delivery/delivery';
import type { DeliveryStore } from '../src/use-cases/ports';
import { sendByProvider } from '../src/use-cases/send-by-provider';

const patience = { leaseMs: 3_000, settleMs: 5_000, doubtMs: 900_000, giveUpMs: 86_400_000 };

const queued = (id: string, point: string): Delivery => ({
  ...newDelivery({
    id,
    fingerprint: '',
    customerId: 'ada',
    point,
    channel: 'sms',
    messageClass: 'transactional',
    topic: '',
    department: '',
    kind: '',
    aboutId: '',
    conversationId: '',
    issueId: '',
    createdAt: 0,
    content: { templateId: '', templateVersion: 0, language: 'de', subject: '', text: 'Hallo.', html: '' },
    zones: [],
  }),
  state: 'queued',
  dueAt: 0,
});

/** Deliveries in memory; `onChange` is where the world moves on while a write is under way. */
const storeOf = (deliveries: Delivery[], onChange: () => void): DeliveryStore => {
  const all = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
  return {
    async load(_tenant: string, ids: string[]) {
      return ids.flatMap((id) => all.get(id) ?? []);
    },
    async change(_tenant: string, ids: string[], decide: (delivery: Delivery) => Delivery | undefined) {
      for (const id of ids) all.set(id, decide(all.get(id)!) ?? all.get(id)!);
      onChange();
      return ids.map((id) => all.get(id)!);
    },
    async due(shards: number[]) {
      const due = [...all.values()].filter(({ state }) => state === 'queued');
      return shards.length > 0 ? due.map(({ id, state }) => ({ tenantId: 't', id, state })) : [];
    },
    busyPoints: async () => new Set<string>(),
    takenSids: async () => new Set<string>(),
  } as Partial<DeliveryStore> as DeliveryStore;
};

it.each([
  [true, ['a', 'b'], 'sent'],
  [false, [], 'queued'],
])('a process that has its share (%s) after the claim sends %j', async (keeps, sends, state) => {
  const sent: string[] = [];
  let mine = true;
  const store = storeOf([queued('a', 'phone:+491'), queued('b', 'phone:+492')], () => {
    mine = keeps;
  });
  const sending = sendByProvider({
    deliveries: store,
    provider: {
      async send(_tenant, { id }) {
        sent.push(id);
        return { kind: 'accepted', providerId: `SM${id}` };
      },
      list: async () => ({ kind: 'listed', providerIds: [] }),
    },
    patience,
    shards: () => [0],
    holds: () => mine,
    now: () => 1_000,
    sent: () => undefined,
    reconciled: () => undefined,
    failed: (error) => {
      throw error;
    },
    more: () => undefined,
  });
  await sending.round();
  await sending.settled();
  expect(sent).toEqual(sends);
  expect((await store.load('t', ['a', 'b'])).map((delivery) => delivery.state)).toEqual([state, state]);
});
