import type { DeadDelivery, Delivery, Handle } from '@throughline/bus';
import type { Refusal } from '@throughline/core';
import { invalidField, isRefusal } from '@throughline/core';
import { feedbackV1, slaV1, notificationV1 as v1 } from '@throughline/proto';
import { readCustomerNews } from '@throughline/service';
import type { Risk } from '../../domain/book/book';
import { endRisk, joinBooks, markRisk } from '../../domain/book/wishes';
import type { Telling } from '../../domain/incident/telling';
import type { NewNotification } from '../../use-cases/accept-notifications';
import type { ReportOn } from '../../use-cases/apply-reports';
import type { OptOutRequest } from '../../use-cases/opt-out';
import type { Asked, BookStore, CustomerPoints } from '../../use-cases/ports';
import { readMessage, readNotification } from '../../wire/notification';
import { pointTexts } from '../../wire/points';
import { classOf } from '../../wire/policy';
import { readChannelNews } from './report.on-delivery-status-changed';

export interface FollowDeps {
  books: BookStore;
  points: CustomerPoints;
  report(tenantId: string, told: ReportOn[]): Promise<unknown>;
  optOut(request: OptOutRequest): Promise<void>;
  accept(tenantId: string, notification: NewNotification, asked: Asked): Promise<unknown>;
  /** Keeps it as refused, with its reason. */
  refuse(tenantId: string, notification: NewNotification, asked: Asked, why: Refusal): Promise<void>;
  tell(tenantId: string, telling: Pick<Telling, 'id' | 'audience' | 'message'>, points: string[]): Promise<unknown>;
  tellAgents(deliveries: Delivery[]): Promise<void>;
  now(): number;
}

const RISK_MS = 14 * 86_400_000;

type Each = (deps: FollowDeps, delivery: Delivery) => Promise<void>;

const onCustomer: Each = async ({ books, points }, { event }) => {
  const news = readCustomerNews(event);
  if (!news || news.customerId === '') return;
  const { tenantId } = event;
  const at = event.recordedAt.getTime();
  await points.learn(news.points.map((point) => ({ tenantId, point, customerId: news.customerId, at })));
  if (!news.linkedId || news.linkedId === news.customerId) return;
  const linked = await books.load(tenantId, news.linkedId);
  await books.change(tenantId, news.customerId, (book) => ({ book: joinBooks(book, linked), told: [] }));
};

const customerOf = async ({ points }: FollowDeps, tenantId: string, point: string): Promise<string> =>
  (await points.customersOf(tenantId, [point])).get(point)!;

/** Marks a customer, once per source. */
const mark = async (deps: FollowDeps, tenantId: string, point: string, at: number, risk: Risk): Promise<void> => {
  const customerId = await customerOf(deps, tenantId, point);
  await deps.books.change(tenantId, customerId, (book) =>
    book.risks.some(({ source }) => source === risk.source)
      ? undefined
      : { book: markRisk(book, risk, deps.now()), told: [{ type: 'riskMarked', customerId, point, at, risk }] },
  );
};

/** A low answer, an open case, a word of leaving: whoever is at risk gets no promotions until it is over. */
const onFeedback: Each = async (deps, { event }) => {
  const { tenantId, contactPoint: point, time } = event;
  if (!point) return;
  if (event.type === 'throughline.feedback.v1.CustomerRiskRaised') {
    const { ref, summary, until } = feedbackV1.CustomerRiskRaised.decode(event.data);
    const risk = { reason: summary, until: until?.getTime() ?? time.getTime() + RISK_MS, source: `feedback/${ref}` };
    if (risk.until > deps.now()) await mark(deps, tenantId, point, time.getTime(), risk);
  }
  if (event.type === 'throughline.feedback.v1.CustomerRiskEnded') {
    const { ref, summary: reason } = feedbackV1.CustomerRiskEnded.decode(event.data);
    const source = `feedback/${ref}`;
    const customerId = await customerOf(deps, tenantId, point);
    const told = { type: 'riskReleased' as const, customerId, point, at: time.getTime(), source, reason };
    await deps.books.change(tenantId, customerId, (before) => {
      const book = endRisk(before, source, time.getTime());
      return book === before ? undefined : { book, told: [told] };
    });
  }
};

const onPromise: Each = async (deps, { event }) => {
  const { tenantId, contactPoint: point } = event;
  if (!point) return;
  if (event.type === 'throughline.sla.v1.PromiseBroken') {
    const { promise } = slaV1.PromiseBroken.decode(event.data);
    const at = event.time.getTime();
    const risk = {
      reason: `a promise to this customer was broken: ${promise?.what ?? ''}`,
      until: at + RISK_MS,
      source: promise?.id ?? '',
    };
    await mark(deps, tenantId, point, at, risk);
  }
  if (event.type === 'throughline.sla.v1.PromiseNoticeRequested') {
    const { promise } = slaV1.PromiseNoticeRequested.decode(event.data);
    if (promise) await tellLate(deps, tenantId, point, promise, event.id);
  }
};

const tellLate = async (
  deps: FollowDeps,
  tenantId: string,
  point: string,
  promise: slaV1.CustomerPromise,
  eventId: string,
): Promise<void> => {
  const due = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: promise.timeZone || 'Etc/UTC',
  }).format(promise.dueAt ?? new Date(deps.now()));
  const wording = {
    kind: 'template' as const,
    templateId: 'promise-late',
    version: 0,
    language: '',
    values: { what: promise.what.slice(0, 150), due: `${due} (${promise.timeZone || 'UTC'})` },
  };
  const notification: NewNotification = {
    point,
    customerId: '',
    channel: '',
    messageClass: 'service',
    topic: 'promises',
    department: promise.teamId,
    kind: 'delay',
    aboutId: promise.id,
    conversationId: promise.conversationId,
    issueId: '',
    expiresAt: undefined,
    wording,
  };
  try {
    await deps.accept(tenantId, notification, { id: `event/${eventId}`, fingerprint: '' });
  } catch (error) {
    // No channel reaches an address of this kind: nothing that trying again would change.
    if (!isRefusal(error)) throw error;
  }
};

/** What other services ask for: one message, or one for several people. */
const onRequest: Each = async (deps, { event }) => {
  const { tenantId } = event;
  if (event.type === 'throughline.notification.v1.NotificationRequested') {
    const notification = readNotification(required(v1.NotificationRequested.decode(event.data).notification));
    const asked = { id: `event/${event.source}/${event.id}`, fingerprint: '' };
    await deps.accept(tenantId, notification, asked).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      return deps.refuse(tenantId, notification, asked, error);
    });
  }
  if (event.type === 'throughline.notification.v1.TellingRequested') {
    const { tellingId: id, notification, recipients } = v1.TellingRequested.decode(event.data);
    if (!id) throw invalidField('telling_id', 'required', 'names the message');
    const telling = { id, audience: `telling:${id}`, message: readMessage(required(notification)) };
    await deps.tell(tenantId, telling, pointTexts('recipients', recipients));
  }
};

const required = (notification: v1.NotificationRequest | undefined): v1.NotificationRequest => {
  if (!notification) throw invalidField('notification', 'required', 'say what to send');
  if (!classOf(notification.messageClass)) throw invalidField('notification.message_class', 'required', 'give a class');
  return notification;
};

const followers: Record<string, Each> = {
  'notification.requests.v1': onRequest,
  'journey.customers.v1': onCustomer,
  'sla.promises.v1': onPromise,
  'feedback.cases.v1': onFeedback,
};

const onChannelEvents = async (deps: FollowDeps, deliveries: Delivery[]): Promise<void> => {
  const { reports, stops } = readChannelNews(deliveries);
  for (const [tenantId, told] of reports) await deps.report(tenantId, told);
  for (const stop of stops) {
    await deps.optOut({ ...stop, customerId: await customerOf(deps, stop.tenantId, stop.point) });
  }
};

const forAgents = new Set(['conversation.conversations.v1', 'sla.clocks.v1', 'sla.promises.v1']);
const isMalformed = (error: unknown): boolean => /RangeError|index out of range|invalid wire type/i.test(String(error));

/** Topics that `followEvents` reads. */
export const followedTopics = ['channel.inbound.v1', ...forAgents, ...Object.keys(followers)].filter(
  (topic, i, all) => all.indexOf(topic) === i,
);

/** Follows what the other services and the channels say. */
export const followEvents =
  (deps: FollowDeps): Handle =>
  async (deliveries) => {
    const topic = deliveries[0]?.topic ?? '';
    const follow = followers[topic];
    if (topic === 'channel.inbound.v1') await onChannelEvents(deps, deliveries);
    if (forAgents.has(topic)) await deps.tellAgents(deliveries);
    const dead: DeadDelivery[] = [];
    for (const delivery of follow ? deliveries : []) {
      try {
        await follow!(deps, delivery);
      } catch (error) {
        if (isRefusal(error)) dead.push({ delivery, reason: error.reason, detail: error.message });
        else if (isMalformed(error)) dead.push({ delivery, reason: 'MALFORMED_DATA', detail: String(error) });
        else throw error;
      }
    }
    return { dead };
  };
