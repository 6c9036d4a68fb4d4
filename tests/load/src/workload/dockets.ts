import type { mongo } from 'mongoose';
import { TENANT } from './channel-mix';

const SHARDS = 16;

const clockDue = (docket: string, at: number) => ({
  id: `${docket}-time_to_solve-1`,
  metric: 'time_to_solve',
  state: 'running',
  team: '',
  terms: {
    policy: { id: 'p', version: 1 },
    calendars: [],
    targetMs: 60_000,
    priority: 'normal',
    pauseIn: [],
    marks: [{ percent: 100, name: '', actions: [] }],
  },
  startedAt: at - 60_000,
  usedMs: 0,
  runningSince: at - 60_000,
  dueAt: at,
  moments: [{ percent: 100, at }],
  fired: [],
  ledger: [{ at: at - 60_000, what: 'started', reason: '', usedMs: 0, dueAt: at, since: at - 60_000 }],
});

const facts = {
  channel: 'email',
  priority: 'normal',
  topic: '',
  language: '',
  tags: [],
  attributes: {},
  queueId: '',
  assigneeId: '',
  destination: '',
};

/** A docket as the service keeps it: one running clock that breaches at `at`. */
export const docketDue = (name: string, n: number, at: number): mongo.Document => {
  const id = `${name}${n}`;
  const clock = clockDue(id, at);
  const { metric, state, team, startedAt, dueAt } = clock;
  const docket = {
    id,
    known: true,
    facts,
    contactPoint: 'email:ada@example.org',
    issueId: '',
    state: 'open',
    openedAt: at - 60_000,
    replies: 0,
    reopens: 0,
    mergedInto: '',
    inherited: [],
    seen: 1,
    clocks: [clock],
    counts: { time_to_solve: 1 },
  };
  return {
    _id: `${TENANT}/${id}`,
    tenantId: TENANT,
    version: 1,
    seq: 0,
    s: JSON.stringify(docket),
    shard: n % SHARDS,
    openedAt: new Date(at - 60_000),
    facts: { channel: 'email', queueId: '' },
    clocks: [{ metric, state, team, terms: { policy: { id: 'p' }, priority: 'normal' }, startedAt, dueAt }],
    dueAt: new Date(at),
    riskAt: new Date(at),
    startedAt: new Date(at - 60_000),
  };
};

/** Writes so many rows. */
export const fill = async (
  rows: mongo.Collection,
  count: number,
  make: (n: number) => mongo.Document,
): Promise<void> => {
  for (let from = 0; from < count; from += 5_000) {
    const size = Math.min(5_000, count - from);
    await rows.insertMany(
      Array.from({ length: size }, (_, i) => make(from + i)),
      { ordered: false },
    );
  }
};
