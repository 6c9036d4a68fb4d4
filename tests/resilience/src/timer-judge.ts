/** What must come of one timer. `dueAt` is undefined when it must end without firing. */
export interface Expected {
  id: string;
  dueAt?: number | undefined;
}

/** A firing, or one that was taken back, as somebody outside saw it. */
export interface Fired {
  id: string;
  eventId: string;
  seenAt: number;
  takenBack?: boolean;
}

export interface TimerVerdict {
  lost: string[];
  early: string[];
  doubled: string[];
  wrong: string[];
}

export const allWell: TimerVerdict = { lost: [], early: [], doubled: [], wrong: [] };

/** Compares what was seen with what must be. An event that was sent again has its id, and counts once. */
export const judgeTimers = (expected: Expected[], seen: Fired[]): TimerVerdict => {
  const once = [...new Map(seen.map((event) => [event.eventId, event])).values()];
  const verdict: TimerVerdict = { lost: [], early: [], doubled: [], wrong: [] };
  const byId = new Map<string, Fired[]>();
  for (const event of once) byId.set(event.id, [...(byId.get(event.id) ?? []), event]);
  for (const { id, dueAt } of expected) {
    const events = byId.get(id) ?? [];
    const fired = events.filter(({ takenBack }) => !takenBack);
    const standing = fired.length - (events.length - fired.length);
    if (dueAt === undefined) {
      if (standing !== 0) verdict.wrong.push(id);
      continue;
    }
    if (standing < 1) verdict.lost.push(id);
    if (standing > 1) verdict.doubled.push(id);
    if (fired.some(({ seenAt }) => seenAt < dueAt)) verdict.early.push(id);
  }
  return verdict;
};
