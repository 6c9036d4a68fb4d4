import { createMatcher } from '@throughline/routing/matcher';
import { createTimers } from '@throughline/sla/timers';
import { holding } from '../measure/heap';
import { ratioOf } from '../measure/pairs';
import type { Line } from '../measure/report';
import { contactId, routingLoad } from '../workload/routing';
import { spread } from './lines';
import type { Case } from './types';

interface Held {
  ours: number;
  floor: number;
  correct: boolean;
}

const queued = async (count: number): Promise<Held> => {
  const { items } = routingLoad(0, 1);
  const { demand } = items[0]!;
  const ours = await holding(() => {
    const matcher = createMatcher();
    for (let i = 0; i < count; i++) matcher.add({ id: contactId(0x9d4f, i), demand, standing: -i });
    return matcher;
  });
  const floor = await holding(() => {
    const map = new Map<string, object>();
    for (let i = 0; i < count; i++) {
      const item = {
        id: contactId(0x9d4f, i),
        queueId: 'queue',
        channel: 'chat',
        priority: 5 + (i % 4) / 7,
        arrivedAt: 1.7e12 + i,
      };
      map.set(item.id, { ...item, skills: ['a'], score: -i / 7, state: 'queued' });
    }
    return map;
  });
  const correct = ours.made.size() === count && floor.made.size === count;
  return { ours: ours.bytes, floor: floor.bytes, correct };
};

const HOUR = 3_600_000;
const LOOK_AHEAD_MS = 1_500;

/** Timers that are due within an hour, one after the other: set, and read ahead, as the service does it. */
const pendingTimers = async (count: number): Promise<Held> => {
  const begun = 1.8e12;
  let now = begun;
  const at = (i: number) => begun + ((i + 1) * HOUR) / count;
  const idOf = (i: number) => `tenant/conversation-${i}`;
  const fired = new Set<string>();
  const ours = await holding(async () => {
    const timers = createTimers({
      async due(_shards, until) {
        const near: { id: string; at: number }[] = [];
        for (let i = 0; i < count && at(i) < until; i++) near.push({ id: idOf(i), at: at(i) });
        return near;
      },
      shards: () => [0],
      async fire(ids) {
        for (const id of ids) fired.add(id);
      },
      now: () => now,
      lookAheadMs: LOOK_AHEAD_MS,
      fired: () => undefined,
      failed(error) {
        throw error;
      },
    });
    for (let i = 0; i < count; i++) timers.heard(idOf(i), at(i));
    timers.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return timers;
  });
  // Held, not forgotten: what comes in the next second is fired, and nothing else.
  now += 1_000;
  const due = Math.floor((1_000 * count) / HOUR);
  for (const end = Date.now() + 10_000; fired.size < due && Date.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await ours.made.stop();
  // All of one length, which is how they cost least.
  const floor = await holding(() =>
    Array.from({ length: count }, (_, i) => setTimeout((id: string) => fired.add(id), HOUR, idOf(i))),
  );
  for (const timeout of floor.made) clearTimeout(timeout);
  return { ours: Math.max(ours.bytes, 0), floor: floor.bytes, correct: fired.size === due };
};

const lineOf = (what: string, measured: Held[], goal: number): Line => {
  const ratio = ratioOf(measured);
  const megabytes = (list: number[]) => `${(Math.max(...list) / 1e6).toFixed(1)} MB`;
  return {
    case: 'B13',
    what,
    ours: megabytes(measured.map(({ ours }) => ours)),
    floor: megabytes(measured.map(({ floor }) => floor)),
    ratio: spread(ratio),
    goal: `≤ ${goal.toFixed(2)}`,
    met: ratio.median <= goal,
    correct: measured.every(({ correct }) => correct),
  };
};

/** B13: memory of waiting contacts in the index against a plain map of objects, and of pending timers against `setTimeout`. */
export const b13: Case = async (_bench, { events = 1_000_000, pairs = 3 }) => {
  const contacts: Held[] = [];
  const timers: Held[] = [];
  for (let i = 0; i < pairs; i++) {
    contacts.push(await queued(events));
    timers.push(await pendingTimers(events));
  }
  return {
    lines: [
      lineOf(`memory of ${events} queued`, contacts, 0.35),
      lineOf(`memory of ${events} pending timers`, timers, 0.1),
    ],
    detail: { contacts, timers },
  };
};
