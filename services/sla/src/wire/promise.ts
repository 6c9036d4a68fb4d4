import type { slaV1 } from '@throughline/proto';
import { momentText } from '../domain/clock/explain';
import type { Commitment } from '../domain/promise/promise';
import { wirePoint, wirePromiser, wirePromiseState, wireTime } from './words';

const seconds = (ms: number): number => Math.floor(ms / 1000);

/** A promise as the API and events show it. */
export const wirePromise = (promise: Commitment): slaV1.CustomerPromise => ({
  id: promise.id,
  state: wirePromiseState(promise.state),
  conversationId: promise.conversationId,
  customerId: promise.customerId,
  contactPoint: wirePoint(promise.contactPoint),
  what: promise.what,
  quote: promise.quote,
  messageId: promise.messageId,
  promiserKind: wirePromiser(promise.promiser.kind),
  promiserId: promise.promiser.id,
  teamId: promise.teamId,
  ownerId: promise.ownerId,
  dueAt: new Date(promise.dueAt),
  timeZone: promise.zone,
  dueLocal: momentText(promise.dueAt, promise.zone),
  madeAt: new Date(promise.madeAt),
  settledAt: wireTime(promise.settledAt),
  brokenAt: wireTime(promise.brokenAt),
  renegotiations: promise.renegotiations.map(({ at, from, to, reason }) => ({
    at: new Date(at),
    fromDueAt: new Date(from),
    toDueAt: new Date(to),
    reason,
  })),
  remindBeforeSeconds: seconds(promise.remindMs),
  noticeBeforeSeconds: seconds(promise.noticeMs),
  note: promise.reason,
});
