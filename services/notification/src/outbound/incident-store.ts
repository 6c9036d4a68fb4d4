import { notificationV1 as v1 } from '@throughline/proto';
import type { Aggregates, NewEvent } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Incident, Update } from '../domain/incident/incident';
import type { Incidents } from '../use-cases/ports';
import { wireIncident } from '../wire/incident';
import { withoutUndefined } from './without-undefined';

/** `dutyAt` is there while something is still to be said to SLA. */
export const incidentToDoc = ({ id, openedAt, ...rest }: Incident): mongo.Document =>
  withoutUndefined({
    ...rest,
    incidentId: id,
    openedAt: new Date(openedAt),
    dutyAt: rest.duties.length > 0 ? new Date(openedAt) : undefined,
  });

export const incidentFromDoc = (doc: mongo.Document): Incident => {
  const { _id, tenantId, version, seq, asked, outbox, outboxBy, unpublishedSince, ...rest } = doc;
  const { incidentId, openedAt, dutyAt, ...incident } = rest;
  return { ...incident, id: incidentId, openedAt: (openedAt as Date).getTime() } as Incident;
};

const event = (incident: Incident, update: Update, recordedAt: number): NewEvent => {
  const over = update.phase === 'resolved' ? 'IncidentResolved' : 'IncidentAdvanced';
  const name = update.n === 1 ? 'IncidentOpened' : update.review ? 'IncidentReviewed' : over;
  const summary = `${incident.title}: ${update.review ? 'review' : update.phase}, ${update.message}`.slice(0, 500);
  return {
    type: `throughline.notification.v1.${name}`,
    subject: incident.id,
    time: new Date(update.at),
    recordedAt: new Date(recordedAt),
    data: v1[name].encode({ incident: wireIncident(incident), summary }).finish(),
  };
};

/** Incidents on MongoDB: one document each, its facts in the same write. */
export const createIncidents = (aggregates: Aggregates<Incident>, now: () => number): Incidents => ({
  async load(tenantId, id) {
    return (await aggregates.load(`${tenantId}/${id}`))?.state;
  },
  async change(tenantId, id, decide, asked) {
    const { state } = await aggregates.change(
      id,
      (current) => {
        const next = decide(current?.state);
        const fresh = next.updates.slice(current?.state.updates.length ?? 0);
        return { state: next, events: fresh.map((update) => event(next, update, now())) };
      },
      { tenantId, request: asked },
    );
    return state!;
  },
  async list(tenantId, open, place, limit) {
    const docs = await aggregates.collection
      .find({
        tenantId: { $eq: tenantId },
        ...(open ? { phase: { $ne: 'resolved' } } : {}),
        ...(place
          ? {
              $or: [
                { openedAt: { $lt: new Date(place.at) } },
                { openedAt: new Date(place.at), _id: { $lt: `${tenantId}/${place.id}` } },
              ],
            }
          : {}),
      } as never)
      .sort({ openedAt: -1, _id: -1 })
      .limit(limit + 1)
      .toArray();
    return { incidents: docs.slice(0, limit).map(incidentFromDoc), more: docs.length > limit };
  },
  async withDuties(limit) {
    const docs = await aggregates.collection
      .find({ dutyAt: { $exists: true } } as never)
      .sort({ dutyAt: 1 })
      .limit(limit)
      .toArray();
    return docs.map((doc) => ({ tenantId: doc['tenantId'] as string, incident: incidentFromDoc(doc) }));
  },
});
