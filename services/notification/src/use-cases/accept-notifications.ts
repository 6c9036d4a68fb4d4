import { hash16, invalidField, Refusal } from '@throughline/core';
import type { Channel } from '../domain/book/book';
import type { Content, Delivery, Intent } from '../domain/delivery/delivery';
import { newDelivery, stepTo } from '../domain/delivery/delivery';
import type { MessageClass } from '../domain/policy/policy';
import type { Asked, BookStore, CustomerPoints, DeliveryStore } from './ports';
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
  /** Channels that something serves here. */
  channels: ReadonlySet<Channel>;
  zonesOf(point: string): string[];
  decide(tenantId: string, ids: string[]): Promise<void>;
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

/** What would be stored for a message, worded. Refuses what can never be sent. */
export const intentOf = async (
  deps: AcceptDeps,
  tenantId: string,
  notification: NewNotification,
  id: string,
  fingerprint: string,
): Promise<Intent> => {
  const now = deps.now();
  const { wording, customerId: given, expiresAt, ...rest } = notification;
  if (expiresAt !== undefined && expiresAt <= now)
    throw invalidField('expires_at', 'EXPIRES_IN_THE_PAST', 'must lie ahead');
  const channel = channelFor(deps, notification);
  const customerId = given || (await deps.points.customersOf(tenantId, [rest.point])).get(rest.point)!;
  const { language } = await deps.books.load(tenantId, customerId);
  const content: Content = await wordNotification(deps, tenantId, channel, wording, language);
  return {
    ...rest,
    id,
    fingerprint,
    customerId,
    channel,
    content,
    expiresAt,
    createdAt: now,
    zones: deps.zonesOf(rest.point),
  };
};

/** The same request always makes the same delivery. */
export const deliveryIdOf = (deps: Pick<AcceptDeps, 'newId'>, tenantId: string, asked: Asked | undefined): string =>
  `ntf_${asked ? hash16('delivery', tenantId, asked.id).toString('hex') : deps.newId()}`;

/**
 * Takes a message in and decides about it. It is stored before anything is decided, so whatever happens to this process it
 * is not forgotten; asked again it gives the delivery as it is now.
 */
export const acceptNotification =
  (deps: AcceptDeps) =>
  async (tenantId: string, notification: NewNotification, asked: Asked | undefined): Promise<Delivery> => {
    const id = deliveryIdOf(deps, tenantId, asked);
    const [known] = asked ? await deps.deliveries.load(tenantId, [id]) : [];
    const fingerprint = asked?.fingerprint ?? '';
    if (known && known.fingerprint !== fingerprint) {
      throw new Refusal(
        'precondition',
        'IDEMPOTENCY_KEY_REUSED',
        'This request id was already used with another request.',
      );
    }
    if (!known) {
      const intent = await intentOf(deps, tenantId, notification, id, fingerprint);
      await deps.deliveries.insert(tenantId, [newDelivery(intent)]);
    }
    await deps.decide(tenantId, [id]);
    const [delivery] = await deps.deliveries.load(tenantId, [id]);
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
