import type { Counts } from './service-level';
import { countOutcomes } from './service-level';
import type { Goal } from './setup';
import type { Accuracy } from './told';
import { accuracyOf } from './told';
import type { WorkItem } from './work-item';

export interface Report {
  counts: Counts;
  /** Still waiting, past the threshold already: whatever becomes of them, a miss. */
  overdue: number;
  waiting: number;
  longestWaitSeconds: number;
  averageSpeedOfAnswer?: number | undefined;
  medianWait?: number | undefined;
  p90Wait?: number | undefined;
  abandonmentRate?: number | undefined;
  averageHandle?: number | undefined;
  handled: number;
  transferred: number;
  told: Accuracy;
}

const mean = (values: number[]): number | undefined =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;

// Nearest rank.
const percentile = (sorted: number[], share: number): number | undefined =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];

/**
 * What a queue did from one moment to another, from raw stays. A stay belongs to the interval in which its service-level
 * event fell: it left, or its wait reached the threshold; so a contact that still waits beyond it is a miss already.
 */
export const reportOf = (items: Iterable<WorkItem>, queueId: string, goal: Goal, from: number, to: number): Report => {
  const outcomes: { result: 'answered' | 'abandoned' | 'flow_out'; waited: number }[] = [];
  const answeredWaits: number[] = [];
  const handles: number[] = [];
  let waiting = 0;
  let overdue = 0;
  let longest = 0;
  let transferred = 0;
  const all = [...items];
  for (const item of all) {
    for (const [i, stay] of item.stays.entries()) {
      if (stay.queueId !== queueId) continue;
      const left = stay.leftAt || to;
      if (stay.enteredAt >= to) continue;
      const waited = (left - stay.enteredAt) / 1000;
      if (stay.leftAt === 0 || stay.leftAt >= to) {
        waiting++;
        const soFar = (to - stay.enteredAt) / 1000;
        longest = Math.max(longest, soFar);
        if (soFar > goal.thresholdSeconds) overdue++;
        continue;
      }
      if (stay.leftAt < from || stay.result === '') continue;
      longest = Math.max(longest, waited);
      outcomes.push({ result: stay.result, waited });
      if (stay.result !== 'answered') continue;
      answeredWaits.push(waited);
      if (item.stays.length > i + 1) transferred++;
    }
    const ended = item.handledAt || item.endedAt;
    if (item.queueId === queueId && item.answeredAt > 0 && ended >= from && ended < to && ended >= item.answeredAt) {
      handles.push(((item.endedAt || ended) - item.answeredAt) / 1000);
    }
  }
  answeredWaits.sort((a, b) => a - b);
  const settled = countOutcomes(outcomes, goal.thresholdSeconds, goal.shortAbandonSeconds);
  const counts = { ...settled, offered: settled.offered + waiting };
  const gone = settled.answered + settled.abandoned;
  return {
    counts,
    overdue,
    waiting,
    longestWaitSeconds: longest,
    averageSpeedOfAnswer: mean(answeredWaits),
    medianWait: percentile(answeredWaits, 0.5),
    p90Wait: percentile(answeredWaits, 0.9),
    abandonmentRate: gone > 0 ? settled.abandoned / gone : undefined,
    averageHandle: mean(handles),
    handled: handles.length,
    transferred,
    told: accuracyOf(all, queueId, from, to),
  };
};
