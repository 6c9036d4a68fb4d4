import type { Duty, Incident, IncidentCommand, Update } from '../domain/incident/incident';
import { audienceOf, decide, tellingOf } from '../domain/incident/incident';
import type { Message, Telling } from '../domain/incident/telling';
import type { Asked, Audiences, Incidents, Promises } from './ports';

export interface IncidentDeps {
  incidents: Incidents;
  audiences: Audiences;
  tell(tenantId: string, telling: Pick<Telling, 'id' | 'audience' | 'message'>, points: string[]): Promise<Telling>;
  stopTelling(tenantId: string, id: string): Promise<void>;
  promises: Promises;
  now(): number;
}

const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const messageOf = ({ id, title }: Incident, update: Update): Message => ({
  messageClass: 'service',
  channel: '',
  topic: 'incidents',
  department: '',
  kind: 'incident',
  aboutId: id,
  conversationId: '',
  issueId: '',
  wording: {
    kind: 'template',
    templateId: update.review ? 'incident-review' : 'incident-update',
    version: 0,
    language: '',
    values: update.review
      ? { title, message: update.message }
      : {
          title,
          phase: update.phase,
          message: update.message,
          next_update: update.nextAt === undefined ? '' : moment(update.nextAt),
        },
  },
});

/** Tells everybody affected an update, unless there is a newer one. What was still to be told of the one before is left out. */
const tellUpdate = async (deps: IncidentDeps, tenantId: string, incident: Incident, n: number): Promise<void> => {
  const update = incident.updates.at(-1)!;
  if (update.n !== n) return;
  if (n > 1) await deps.stopTelling(tenantId, tellingOf(incident.id, n - 1));
  const telling = {
    id: tellingOf(incident.id, n),
    audience: audienceOf(incident.id),
    message: messageOf(incident, update),
  };
  await deps.tell(tenantId, telling, []);
};

/** Opens, updates, resolves or reviews an incident. Telling those affected is a duty written down with it, so no crash forgets it. */
export const changeIncident =
  (deps: IncidentDeps) =>
  async (
    tenantId: string,
    id: string,
    command: IncidentCommand,
    points: string[],
    asked: Asked | undefined,
  ): Promise<Incident> => {
    await deps.audiences.add(tenantId, audienceOf(id), points);
    const affected = await deps.audiences.count(tenantId, audienceOf(id));
    return deps.incidents.change(tenantId, id, (before) => ({ ...decide(before, command), affected }), asked);
  };

/** Adds people who are affected; they hear the latest update. */
export const subscribe =
  (deps: IncidentDeps) =>
  async (tenantId: string, id: string, points: string[]): Promise<Incident | undefined> => {
    if (!(await deps.incidents.load(tenantId, id))) return undefined;
    await deps.audiences.add(tenantId, audienceOf(id), points);
    const affected = await deps.audiences.count(tenantId, audienceOf(id));
    const tell = (incident: Incident): Duty => ({ kind: 'tell', n: incident.updates.length });
    return deps.incidents.change(
      tenantId,
      id,
      (current) => ({ ...current!, affected, duties: [...current!.duties, tell(current!)] }),
      undefined,
    );
  };

const nameOf = (duty: Duty): string => (duty.kind === 'tell' ? `tell ${duty.n}` : `${duty.kind} ${duty.promiseId}`);

const carryOut = async (deps: IncidentDeps, tenantId: string, incident: Incident, duty: Duty): Promise<void> => {
  switch (duty.kind) {
    case 'tell':
      return tellUpdate(deps, tenantId, incident, duty.n);
    case 'make':
      return deps.promises.make(tenantId, duty, incident);
    case 'keep':
      return deps.promises.keep(tenantId, duty.promiseId);
  }
};

const done = (deps: IncidentDeps, tenantId: string, id: string, duty: Duty): Promise<Incident> =>
  deps.incidents.change(
    tenantId,
    id,
    (current) => ({ ...current!, duties: current!.duties.filter((one) => nameOf(one) !== nameOf(duty)) }),
    undefined,
  );

/** Does what incidents still owe. What SLA does not take now is tried again; it holds up nothing that customers are told. */
export const doDuties = (deps: IncidentDeps, failed: (error: unknown) => void) => async (): Promise<boolean> => {
  const open = await deps.incidents.withDuties(50);
  let worked = false;
  for (const { tenantId, incident } of open) {
    for (const duty of incident.duties) {
      try {
        await carryOut(deps, tenantId, incident, duty);
        await done(deps, tenantId, incident.id, duty);
        worked = true;
      } catch (error) {
        failed(error);
        // A promise is kept before the next one is made.
        if (duty.kind !== 'tell') break;
      }
    }
  }
  return worked;
};
