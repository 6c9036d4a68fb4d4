import type { Candidate, Demand } from './demand';
import type { Judged, SkipReason, Survey } from './judge';
import { cannotTake, compareAgents, othersComeFirst } from './judge';

/** The first place in a list in order that does not come before `one`. */
const placeOf = <T>(list: readonly T[], one: T, compare: (a: T, b: T) => number): number => {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (compare(list[middle]!, one) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
};

const byId = (a: Judged, b: Judged): number =>
  a.agent.agentId < b.agent.agentId ? -1 : a.agent.agentId > b.agent.agentId ? 1 : 0;

/**
 * What `surveyAgents` finds for one demand, kept up to date agent by agent: between two decisions few agents change, and
 * only those are judged again.
 */
export const createStandingSurvey = (demand: Demand) => {
  const able: Candidate[] = [];
  const unable: Judged[] = [];
  const known = new Map<string, Judged>();
  const counts = new Map<SkipReason, number>();
  const inOrder = (a: Candidate, b: Candidate): number => compareAgents(demand.selection, a, b);
  const drop = (agentId: string): void => {
    const was = known.get(agentId);
    if (!was) return;
    known.delete(agentId);
    if (was.skip) {
      unable.splice(placeOf(unable, was, byId), 1);
      counts.set(was.skip.reason, counts.get(was.skip.reason)! - 1);
    } else able.splice(placeOf(able, was.agent, inOrder), 1);
  };
  return {
    size: () => known.size,
    has: (agentId: string) => known.has(agentId),
    drop,
    /** Judges an agent as they are now. */
    set(agent: Candidate): void {
      if (known.get(agent.agentId)?.agent === agent) return;
      drop(agent.agentId);
      const skip = cannotTake(demand, agent);
      const judged: Judged = skip ? { agent, skip } : { agent };
      known.set(agent.agentId, judged);
      if (skip) {
        unable.splice(placeOf(unable, judged, byId), 0, judged);
        counts.set(skip.reason, (counts.get(skip.reason) ?? 0) + 1);
      } else able.splice(placeOf(able, agent, inOrder), 0, agent);
    },
    /** The same as `surveyAgents` over everybody who was set. */
    found({ mostAble, most }: { mostAble: number; most: number }): Survey {
      const judged: Judged[] = [];
      for (let i = 0; i < able.length && i < mostAble; i++) {
        judged.push(i === 0 ? { agent: able[i]! } : { agent: able[i]!, skip: othersComeFirst });
      }
      for (let i = 0; i < unable.length && judged.length < most; i++) judged.push(unable[i]!);
      const skipped: Record<string, number> = {};
      for (const [reason, count] of counts) if (count > 0) skipped[reason] = count;
      if (able.length > 1) skipped[othersComeFirst.reason] = able.length - 1;
      return { judged, skipped };
    },
  };
};

export type StandingSurvey = ReturnType<typeof createStandingSurvey>;
