import type { Outcome } from './service-level';
import type { WorkItem } from './work-item';

/** What estimates and guards know of a queue beside who waits in it now. */
export interface QueueHistory {
  /** Handle times of the last contacts, the newest last. */
  handledSeconds: number[];
  /** What became of contacts lately, the newest last. */
  outcomes: (Outcome & { at: number })[];
}

/** The part of work that a history is made of. */
export type PastWork = Pick<WorkItem, 'state' | 'queueId' | 'answeredAt' | 'endedAt' | 'stays' | 'callback'>;

/** The history of a queue up to a moment, from work as it was stored. Who asked to be called back does not wait on the line. */
export const historyOf = (items: readonly PastWork[], queueId: string, from: number, until: number): QueueHistory => {
  const completed = items.filter(
    ({ state, queueId: last, endedAt }) => state === 'COMPLETED' && last === queueId && endedAt < until,
  );
  const handledSeconds = completed
    .sort((a, b) => a.endedAt - b.endedAt)
    .map(({ endedAt, answeredAt }) => (endedAt - answeredAt) / 1000);
  const outcomes: QueueHistory['outcomes'] = [];
  for (const { state, stays, callback } of items) {
    if (callback) continue;
    for (const [i, { queueId: stayed, enteredAt, leftAt: at, result }] of stays.entries()) {
      const counts = result === 'answered' || (state === 'CANCELLED' && i === stays.length - 1);
      if (stayed !== queueId || result === '' || !counts || at < from || at >= until) continue;
      outcomes.push({ at, result, waited: (at - enteredAt) / 1000 });
    }
  }
  return { handledSeconds, outcomes: outcomes.sort((a, b) => a.at - b.at) };
};
