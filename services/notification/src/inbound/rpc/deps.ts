import { hash16, Refusal } from '@throughline/core';
import type { notificationV1 } from '@throughline/proto';
import type { Call, Handlers } from '@throughline/rpc';
import type { Delivery } from '../../domain/delivery/delivery';
import type { Incident, IncidentCommand } from '../../domain/incident/incident';
import type { Telling } from '../../domain/incident/telling';
import type { Facts } from '../../facts';
import type { AcceptDeps, NewNotification } from '../../use-cases/accept-notifications';
import type { Asked, Incidents, NoticeStore, Promises, SuppressionStore, Tellings } from '../../use-cases/ports';

/** What the calls of this service share. */
export interface Deps extends AcceptDeps {
  suppressions: SuppressionStore;
  accept(tenantId: string, notification: NewNotification, asked: Asked | undefined): Promise<Delivery>;
  notices: NoticeStore;
  incidents: Incidents;
  tellings: Tellings;
  promises: Promises;
  changeIncident(
    tenantId: string,
    id: string,
    command: IncidentCommand,
    points: string[],
    asked: Asked | undefined,
  ): Promise<Incident>;
  subscribe(tenantId: string, id: string, points: string[]): Promise<Incident | undefined>;
  tell(tenantId: string, telling: Pick<Telling, 'id' | 'audience' | 'message'>, points: string[]): Promise<Telling>;
  facts: Facts;
}

type AllHandlers = Handlers<typeof notificationV1.NotificationServiceService>;
/** One call of the service, to be bound to what it needs. */
export type Rpc<M extends keyof AllHandlers> = (deps: Deps) => AllHandlers[M];

export const notFound = (what: string, id: string): Refusal =>
  new Refusal('not_found', `${what}_NOT_FOUND`, `there is no ${what.toLowerCase()} ${id}`);

/** The idempotency key of a command, from the request or from the call, with a hash of everything else in it. */
export const askedOf = (method: string, request: { requestId: string }, call: Call): Asked | undefined => {
  const { requestId, ...body } = request;
  const id = requestId || call.requestId;
  const text = JSON.stringify(body, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  return id ? { id: `${method}/${id}`, fingerprint: hash16(method, text).toString('hex') } : undefined;
};
