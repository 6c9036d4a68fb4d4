import { Refusal } from '@throughline/core';

export type Phase = 'investigating' | 'identified' | 'monitoring' | 'resolved';

export interface Update {
  n: number;
  phase: Phase;
  message: string;
  nextAt?: number | undefined;
  at: number;
  author: string;
  /** What was learnt, after the end. */
  review?: boolean | undefined;
}

/** What must still be done: tell those affected an update, or tell SLA about the promise of the next one. */
export type Duty =
  | { kind: 'tell'; n: number }
  | { kind: 'make'; promiseId: string; dueAt: number; ownerId: string }
  | { kind: 'keep'; promiseId: string; at: number };

/** Something that goes wrong for many at once. */
export interface Incident {
  id: string;
  title: string;
  impact: string;
  phase: Phase;
  updates: Update[];
  nextAt?: number | undefined;
  promiseId: string;
  affected: number;
  openedAt: number;
  resolvedAt?: number | undefined;
  duties: Duty[];
  /** News are promised at short intervals. */
  severe?: boolean | undefined;
}

export type IncidentCommand =
  | {
      type: 'open';
      at: number;
      id: string;
      title: string;
      impact: string;
      message: string;
      nextAt: number;
      author: string;
      severe?: boolean | undefined;
    }
  | { type: 'update'; at: number; phase: Exclude<Phase, 'resolved'>; message: string; nextAt: number; author: string }
  | { type: 'resolve'; at: number; message: string; author: string }
  | { type: 'review'; at: number; message: string; author: string };

const MINUTE = 60_000;
const WEEK = 7 * 86_400_000;

/** Minutes within which those affected by a severe incident hear again. */
const severeMinutes = { investigating: 30, identified: 60, monitoring: 120 } as const;

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

const checkNext = (at: number, nextAt: number, phase: keyof typeof severeMinutes, severe = false): void => {
  if (nextAt <= at) throw refuse('NEXT_UPDATE_IN_THE_PAST', 'next_update_at', 'must lie ahead');
  const minutes = severeMinutes[phase];
  if (severe && nextAt > at + minutes * MINUTE) {
    const description = `must lie within ${minutes} minutes while a severe incident is ${phase}`;
    throw refuse('NEXT_UPDATE_TOO_FAR', 'next_update_at', description);
  }
  if (nextAt > at + WEEK) throw refuse('NEXT_UPDATE_TOO_FAR', 'next_update_at', 'must lie within a week');
};

const promiseIdOf = (id: string, n: number): string => `incident-${id}-${n}`.slice(0, 64);

const withUpdate = (incident: Incident, update: Omit<Update, 'n'>): Incident => {
  const n = incident.updates.length + 1;
  const kept: Duty[] = incident.promiseId ? [{ kind: 'keep', promiseId: incident.promiseId, at: update.at }] : [];
  const promiseId = update.nextAt === undefined ? '' : promiseIdOf(incident.id, n);
  const made: Duty[] =
    update.nextAt === undefined ? [] : [{ kind: 'make', promiseId, dueAt: update.nextAt, ownerId: update.author }];
  return {
    ...incident,
    phase: update.phase,
    nextAt: update.nextAt,
    promiseId,
    updates: [...incident.updates, { n, ...update }],
    duties: [...incident.duties, { kind: 'tell', n }, ...kept, ...made],
    ...(update.phase === 'resolved' && !update.review ? { resolvedAt: update.at } : {}),
  };
};

const reviewed = (
  incident: Incident,
  { at, message, author }: Extract<IncidentCommand, { type: 'review' }>,
): Incident => {
  if (incident.phase !== 'resolved') {
    throw new Refusal('precondition', 'INCIDENT_NOT_RESOLVED', 'what was learnt is told once it is over');
  }
  const before = incident.updates.find(({ review }) => review);
  if (before?.message === message) return incident;
  if (before) throw new Refusal('precondition', 'INCIDENT_REVIEWED', 'those affected have heard what was learnt');
  return withUpdate(incident, { phase: 'resolved', message, at, author, review: true });
};

/** The incident after a command. Each update says when the next one comes, and keeps the promise that the last one made. */
export const decide = (incident: Incident | undefined, command: IncidentCommand): Incident => {
  const { at, message, author } = command;
  if (command.type === 'open') {
    if (incident) throw new Refusal('already_exists', 'INCIDENT_EXISTS', `there is an incident ${incident.id} already`);
    const { id, title, impact, nextAt, severe } = command;
    checkNext(at, nextAt, 'investigating', severe);
    const fresh: Incident = {
      id,
      title,
      impact,
      phase: 'investigating',
      updates: [],
      promiseId: '',
      affected: 0,
      openedAt: at,
      duties: [],
      ...(severe ? { severe } : {}),
    };
    return withUpdate(fresh, { phase: 'investigating', message, nextAt, at, author });
  }
  if (!incident) throw new Refusal('not_found', 'INCIDENT_NOT_FOUND', 'there is no such incident');
  if (command.type === 'review') return reviewed(incident, command);
  if (incident.phase === 'resolved') {
    throw new Refusal('precondition', 'INCIDENT_RESOLVED', 'it is resolved; open a new one if it came back');
  }
  if (command.type === 'resolve') return withUpdate(incident, { phase: 'resolved', message, at, author });
  checkNext(at, command.nextAt, command.phase, incident.severe);
  return withUpdate(incident, { phase: command.phase, message, nextAt: command.nextAt, at, author });
};

/** Names of an incident's audience and of what it is told. */
export const audienceOf = (id: string): string => `incident:${id}`;
export const tellingOf = (id: string, n: number): string => `incident:${id}:${n}`;
