import { notificationV1 as v1 } from '@throughline/proto';
import type { Incident, Phase } from '../domain/incident/incident';
import type { Telling } from '../domain/incident/telling';

const phases: Record<Phase, v1.IncidentPhase> = {
  investigating: v1.IncidentPhase.INVESTIGATING,
  identified: v1.IncidentPhase.IDENTIFIED,
  monitoring: v1.IncidentPhase.MONITORING,
  resolved: v1.IncidentPhase.RESOLVED,
};
const names = new Map(Object.entries(phases).map(([name, value]) => [value, name as Phase]));

export const phaseOf = (value: v1.IncidentPhase): Phase | undefined => names.get(value);
const date = (at: number | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));

export const wireIncident = (incident: Incident): v1.Incident => ({
  id: incident.id,
  title: incident.title,
  phase: phases[incident.phase],
  impact: incident.impact,
  updates: incident.updates.map(({ n, phase, message, nextAt, at, author, review }) => ({
    number: n,
    phase: phases[phase],
    message,
    nextUpdateAt: date(nextAt),
    at: new Date(at),
    author,
    review: review ?? false,
  })),
  nextUpdateAt: date(incident.nextAt),
  promiseId: incident.promiseId,
  affected: BigInt(incident.affected),
  openedAt: new Date(incident.openedAt),
  resolvedAt: date(incident.resolvedAt),
  version: BigInt(incident.updates.length),
  severe: incident.severe ?? false,
});

export const wireTelling = (telling: Telling): v1.Telling => ({
  id: telling.id,
  state: telling.state,
  recipients: BigInt(telling.recipients),
  startedAt: new Date(telling.startedAt),
  finishedAt: date(telling.finishedAt),
});
