import type { routingV1 } from '@throughline/proto';

/** One published fact of work, in the order of its work item. */
export interface WorkFact {
  id: string;
  workItemId: string;
  type: string;
  at: number;
  agentId: string;
}

export interface Findings {
  /** Work that two agents had, or were offered, at the same time. */
  doubled: string[];
  /** Agents who carried more than fits. */
  overloaded: string[];
  /** Gaps or repeats in the numbering of a work item's events. */
  misnumbered: string[];
  accepted: number;
  completed: number;
  /** Longest time for which somebody waited while somebody who could help was free. */
  longestIdleWaitMs: number;
}

const takes = new Set(['OfferMade']);
const releases = new Set([
  'OfferDeclined',
  'OfferTimedOut',
  'OfferWithdrawn',
  'WorkItemCompleted',
  'WorkItemTransferred',
]);

const dedupe = (facts: readonly WorkFact[]): WorkFact[] => [...new Map(facts.map((fact) => [fact.id, fact])).values()];
const numberOf = ({ id }: WorkFact): number => Number(id.slice(id.lastIndexOf('/') + 1));

/** Follows every work item and every agent through the published facts. */
export const checkAssignments = (
  all: readonly WorkFact[],
  unitsOf: (workItemId: string) => number,
  agents: number,
): Findings => {
  const facts = dedupe(all).sort((a, b) => numberOf(a) - numberOf(b));
  const found: Findings = {
    doubled: [],
    overloaded: [],
    misnumbered: [],
    accepted: 0,
    completed: 0,
    longestIdleWaitMs: 0,
  };
  const holder = new Map<string, string>();
  const last = new Map<string, number>();
  for (const fact of facts) {
    const { workItemId, type, agentId } = fact;
    const number = numberOf(fact);
    if (number !== (last.get(workItemId) ?? 0) + 1) found.misnumbered.push(`${workItemId}: ${number}`);
    last.set(workItemId, number);
    const has = holder.get(workItemId);
    if (takes.has(type)) {
      if (has) found.doubled.push(`${workItemId}: ${has} and ${agentId}`);
      holder.set(workItemId, agentId);
    } else if (releases.has(type)) holder.delete(workItemId);
    else if (type === 'OfferAccepted') {
      if (has !== agentId) found.doubled.push(`${workItemId}: held by ${has}, accepted by ${agentId}`);
      found.accepted++;
    }
    if (type === 'WorkItemCompleted') found.completed++;
  }
  // What ends makes room before what begins at the same moment.
  const rank = ({ type }: WorkFact) => (releases.has(type) ? 0 : type === 'WorkItemQueued' ? 1 : 2);
  const inTime = [...facts].sort((a, b) => a.at - b.at || rank(a) - rank(b));
  const used = new Map<string, number>();
  const inHand = new Map<string, string>();
  const waiting = new Set<string>();
  let since = 0;
  for (const { workItemId, type, agentId, at } of inTime) {
    const somebodyFree = used.size < agents || [...used.values()].some((units) => units === 0);
    if (waiting.size > 0 && somebodyFree) found.longestIdleWaitMs = Math.max(found.longestIdleWaitMs, at - since);
    if (takes.has(type)) {
      waiting.delete(workItemId);
      inHand.set(workItemId, agentId);
      const units = (used.get(agentId) ?? 0) + unitsOf(workItemId);
      used.set(agentId, units);
      if (units > 100) found.overloaded.push(`${agentId}: ${units} at ${at}`);
    } else if (releases.has(type)) {
      const agent = inHand.get(workItemId) ?? agentId;
      used.set(agent, (used.get(agent) ?? 0) - unitsOf(workItemId));
      inHand.delete(workItemId);
      if (type !== 'WorkItemCompleted') waiting.add(workItemId);
    } else if (type === 'WorkItemQueued') waiting.add(workItemId);
    since = at;
  }
  return found;
};

/** A published event as a fact for the checker. */
export const factOf = (
  event: { id: string; type: string; time: Date },
  message: Partial<routingV1.OfferMade>,
): WorkFact => ({
  id: event.id,
  workItemId: message.workItemId ?? '',
  type: event.type.slice(event.type.lastIndexOf('.') + 1),
  at: event.time.getTime(),
  agentId: message.agentId ?? '',
});
