import { hash16, invalidField, isRefusal, Refusal } from '@throughline/core';
import type { Channel } from '../domain/book/book';
import type { Content, Delivery, Intent } from '../domain/delivery/delivery';
import { newDelivery, stepTo } from '../domain/delivery/delivery';
import type { MessageClass } from '../domain/policy/policy';
import { lacksPostalAddress, NO_POSTAL_ADDRESS } from '../domain/policy/postal-address';
import type { Asked, BookStore, CustomerPoints, DeliveryStore, PolicyStore, TemplateStore } from './ports';
import type { WordDeps, Wording } from './word-notification';
import { wordNotification } from './word-notification';

/** A message that should go to one address. */
export interface NewNotification {
  point: string;
  customerId: string;
  channel: Channel | '';
  messageClass: MessageClass;
  topic: string;
  department: string;
  kind: string;
  aboutId: string;
  conversationId: string;
  issueId: string;
  expiresAt?: number | undefined;
  wording: Wording;
  confidential?: boolean | undefined;
}

export interface AcceptDeps extends WordDeps {
  books: BookStore;
  deliveries: DeliveryStore;
  points: CustomerPoints;
  policies: PolicyStore;
  /** Channels that something serves here. */
  channels: ReadonlySet<Channel>;
  zonesOf(point: string): string[];
  /** Gives them as they are afterwards. */
  decide(tenantId: string, ids: string[]): Promise<Delivery[]>;
  now(): number;
  newId(): string;
}

const usual: Record<string, Channel[]> = { email: ['email'], phone: ['sms', 'voice'], chat: ['chat'] };

/** The channel of a message to this address. Refuses what nothing here can reach. */
export const channelFor = (
  deps: Pick<AcceptDeps, 'channels'>,
  { point, channel }: Pick<NewNotification, 'point' | 'channel'>,
): Channel => {
  const type = point.slice(0, point.indexOf(':'));
  const possible = usual[type] ?? [];
  const chosen = channel || possible[0];
  if (!chosen || !possible.includes(chosen)) {
    throw new Refusal(
      'invalid',
      'CHANNEL_MISMATCH',
      `channel: nothing reaches a contact point of type ${type} by ${channel || 'any channel'}`,
    );
  }
  if (!deps.channels.has(chosen)) {
    throw new Refusal('precondition', 'CHANNEL_NOT_CONFIGURED', `channel: nothing here sends ${chosen}`);
  }
  return chosen;
};

/** Channel of a message, when nothing about it is wrong that can be seen without asking anybody. */
const checkedChannel = (deps: AcceptDeps, notification: NewNotification): Channel => {
  const { expiresAt } = notification;
  if (expiresAt !== undefined && expiresAt <= deps.now())
    throw invalidField('expires_at', 'EXPIRES_IN_THE_PAST', 'must lie ahead');
  return channelFor(deps, notification);
};

/**
 * Refuses at the door what the policy of the tenant does not let anybody send: whoever asks can mend it, and no customer has
 * anything to do with it.
 */
const checkLetterhead = async (
  { policies }: Pick<AcceptDeps, 'policies'>,
  tenantId: string,
  messageClass: MessageClass,
  channel: Channel,
): Promise<void> => {
  if (messageClass !== 'promotional' || channel !== 'email') return;
  if (!lacksPostalAddress({ messageClass, channel }, await policies.of(tenantId))) return;
  throw new Refusal('precondition', 'POSTAL_ADDRESS_MISSING', `sender_postal_address: ${NO_POSTAL_ADDRESS}`);
};

const worded = async (
  deps: AcceptDeps,
  tenantId: string,
  notification: NewNotification,
  made: Pick<Intent, 'id' | 'fingerprint' | 'customerId' | 'channel'>,
  language: string,
): Promise<Intent> => {
  const { wording, customerId: _, channel: __, ...rest } = notification;
  const content: Content = await wordNotification(deps, tenantId, made.channel, wording, language);
  return { ...rest, ...made, content, createdAt: deps.now(), zones: deps.zonesOf(rest.point) };
};

/** What would be stored for a message, worded. Refuses what can never be sent. */
export const intentOf = async (
  deps: AcceptDeps,
  tenantId: string,
  notification: NewNotification,
  id: string,
): Promise<Intent> => {
  const channel = checkedChannel(deps, notification);
  const { point, customerId: given } = notification;
  const customerId = given || (await deps.points.customersOf(tenantId, [point])).get(point)!;
  const { language } = await deps.books.load(tenantId, customerId);
  return worded(deps, tenantId, notification, { id, fingerprint: '', customerId, channel }, language);
};

/** The same request always makes the same delivery. */
export const deliveryIdOf = (deps: Pick<AcceptDeps, 'newId'>, tenantId: string, asked: Asked | undefined): string =>
  `ntf_${asked ? hash16('delivery', tenantId, asked.id).toString('hex') : deps.newId()}`;

/** One of those that are taken in together. */
export interface Taking {
  notification: NewNotification;
  asked: Asked | undefined;
}

type Outcome = { id: string } | { refused: unknown };

const keyReused = (): Refusal =>
  new Refusal('precondition', 'IDEMPOTENCY_KEY_REUSED', 'This request id was already used with another request.');

/** A template is read once for all that use it. */
const readOnce = (templates: TemplateStore): TemplateStore => {
  const read = new Map<string, ReturnType<TemplateStore['get']>>();
  return {
    ...templates,
    get(tenantId, id, version) {
      const key = `${tenantId}/${id}/${version}`;
      const found = read.get(key) ?? templates.get(tenantId, id, version);
      read.set(key, found);
      return found;
    },
  };
};

/**
 * Stores messages that are new, still undecided; for each its id, or why it can never be sent. What is asked of the database
 * is asked once for all of them.
 */
export const takeIn =
  (deps: AcceptDeps) =>
  async (tenantId: string, takings: Taking[]): Promise<Outcome[]> => {
    const ids = takings.map(({ asked }) => deliveryIdOf(deps, tenantId, asked));
    const known = new Map<string, string>();
    const loaded = await deps.deliveries.load(
      tenantId,
      ids.filter((_, i) => takings[i]!.asked),
    );
    for (const { id, fingerprint } of loaded) known.set(id, fingerprint);
    const fresh: { place: number; channel: Channel }[] = [];
    const outcomes = takings.map(({ notification, asked }, place): Outcome => {
      const id = ids[place]!;
      const fingerprint = asked?.fingerprint ?? '';
      const before = known.get(id);
      if (before !== undefined) return before === fingerprint ? { id } : { refused: keyReused() };
      try {
        fresh.push({ place, channel: checkedChannel(deps, notification) });
      } catch (refused) {
        return { refused };
      }
      known.set(id, fingerprint);
      return { id };
    });
    if (fresh.length === 0) return outcomes;

    const points = [...new Set(fresh.map(({ place }) => takings[place]!.notification.point))];
    const customers = await deps.points.customersOf(tenantId, points);
    const customerOf = ({ customerId, point }: NewNotification) => customerId || customers.get(point)!;
    const languages = await deps.books.languagesOf(tenantId, [
      ...new Set(fresh.map(({ place }) => customerOf(takings[place]!.notification))),
    ]);
    const wording = { ...deps, templates: readOnce(deps.templates) };
    const made = await Promise.all(
      fresh.map(async ({ place, channel }) => {
        const { notification, asked } = takings[place]!;
        const customerId = customerOf(notification);
        const own = { id: ids[place]!, fingerprint: asked?.fingerprint ?? '', customerId, channel };
        try {
          await checkLetterhead(deps, tenantId, notification.messageClass, channel);
          return await worded(wording, tenantId, notification, own, languages.get(customerId) ?? '');
        } catch (refused) {
          if (!isRefusal(refused)) throw refused;
          // Those in this group that asked the same are as wrong as this one.
          ids.forEach((id, i) => {
            if (id === own.id) outcomes[i] = { refused };
          });
          return undefined;
        }
      }),
    );
    await deps.deliveries.insert(
      tenantId,
      made.flatMap((intent) => (intent ? [newDelivery(intent)] : [])),
    );
    return outcomes;
  };

export interface AcceptingDeps {
  takeIn(tenantId: string, takings: Taking[]): Promise<Outcome[]>;
  decide(tenantId: string, ids: string[]): Promise<Delivery[]>;
}

/**
 * Takes a message in and decides about it. It is stored before anything is decided, so whatever happens to this process it
 * is not forgotten; asked again it gives the delivery as it is now.
 */
export const acceptNotification =
  ({ takeIn: take, decide }: AcceptingDeps) =>
  async (tenantId: string, notification: NewNotification, asked: Asked | undefined): Promise<Delivery> => {
    const [outcome] = await take(tenantId, [{ notification, asked }]);
    if ('refused' in outcome!) throw outcome.refused;
    const [delivery] = await decide(tenantId, [outcome!.id]);
    return delivery!;
  };

const nothing: Content = { templateId: '', templateVersion: 0, language: '', subject: '', text: '', html: '' };

/**
 * Keeps a message that can never be sent as refused, so that whoever asked for it by an event hears of it as of any other.
 */
export const refuseNotification =
  (deps: AcceptDeps) =>
  async (
    tenantId: string,
    notification: NewNotification,
    asked: Asked,
    { reason, message }: Refusal,
  ): Promise<void> => {
    const { wording: _, customerId: given, channel, ...rest } = notification;
    const now = deps.now();
    const intent: Intent = {
      ...rest,
      id: deliveryIdOf(deps, tenantId, asked),
      fingerprint: asked.fingerprint,
      customerId: given || (await deps.points.customersOf(tenantId, [rest.point])).get(rest.point)!,
      channel: channel || (usual[rest.point.slice(0, rest.point.indexOf(':'))] ?? ['email'])[0]!,
      content: nothing,
      createdAt: now,
      zones: [],
    };
    const late = rest.expiresAt !== undefined && rest.expiresAt <= now;
    const why = { reason: late ? 'EXPIRED' : reason, detail: message };
    await deps.deliveries.insert(tenantId, [stepTo(newDelivery(intent), 'refused', now, why)]);
  };
