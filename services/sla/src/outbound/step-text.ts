import type { Docket } from '../domain/clock/clock';
import { emptyDocket } from '../domain/clock/clock';
import type { ClockEvent } from '../domain/clock/events';
import { evolve } from '../domain/clock/evolve';

type Noted = Extract<ClockEvent, { type: 'noted' }>;
type Written = Exclude<ClockEvent, Noted> | (Noted & { cleared?: string[] });

/** JSON leaves out what is undefined; in a patch that is a statement. */
const written = (event: ClockEvent): Written => {
  if (event.type !== 'noted') return event;
  const cleared = Object.entries(event.patch).flatMap(([name, value]) => (value === undefined ? [name] : []));
  return cleared.length > 0 ? { ...event, cleared } : event;
};

const read = (event: Written): ClockEvent => {
  if (event.type !== 'noted' || !event.cleared) return event;
  const { type, patch, cleared } = event;
  return { type, patch: { ...patch, ...Object.fromEntries(cleared.map((name) => [name, undefined])) } };
};

/** What happened to a docket in one change, as its row keeps it. */
export const writeStep = (events: ClockEvent[]): string => JSON.stringify(events.map(written));

/** The docket after what a row tells. */
export const applyStep = (documentId: string, before: Docket | undefined, step: string): Docket =>
  (JSON.parse(step) as Written[])
    .map(read)
    .reduce(evolve, before ?? emptyDocket(documentId.slice(documentId.indexOf('/') + 1)));
