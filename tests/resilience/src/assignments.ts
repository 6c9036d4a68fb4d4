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
  /** Longest time for which one contact waited while, all the while, somebody had room for it. */
  longestIdleWaitMs: number;
  /** Offers of contacts that had waited for a second or longer. */
  waitedLong: number;
}

/** Units that an agent carries at most. */
const FULL = 100;
const LONG_MS = 1_000;

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
    waitedLong: 0,
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
  // By units asked for: who waits, the longest waiting first, and since when somebody has room for it.
  const waiting = new Map<number, Map<string, number>>();
  const roomSince = new Map<number, number>();
  const wait = (workItemId: string, at: number): void => {
    const units = unitsOf(workItemId);
    waiting.set(units, (waiting.get(units) ?? new Map<string, number>()).set(workItemId, at));
  };
  const hasRoom = (units: number): boolean =>
    (used.size < agents && units <= FULL) || [...used.values()].some((has) => has + units <= FULL);
  let before = 0;
  const look = (at: number): void => {
    for (const [units, ids] of waiting) {
      const [longest] = ids.values();
      if (!hasRoom(units)) roomSince.delete(units);
      else if (!roomSince.has(units)) roomSince.set(units, before);
      const since = roomSince.get(units);
      if (since === undefined || longest === undefined) continue;
      found.longestIdleWaitMs = Math.max(found.longestIdleWaitMs, at - Math.max(since, longest));
    }
    before = at;
  };
  for (const { workItemId, type, agentId, at } of inTime) {
    // As it stood between the last fact and this one; what happens at one moment happens together.
    if (at > before) look(at);
    if (takes.has(type)) {
      const own = waiting.get(unitsOf(workItemId));
      const since = own?.get(workItemId);
      if (since !== undefined && at - since >= LONG_MS) found.waitedLong++;
      own?.delete(workItemId);
      inHand.set(workItemId, agentId);
      const units = (used.get(agentId) ?? 0) + unitsOf(workItemId);
      used.set(agentId, units);
      if (units > FULL) found.overloaded.push(`${agentId}: ${units} at ${at}`);
    } else if (releases.has(type)) {
      const agent = inHand.get(workItemId) ?? agentId;
      used.set(agent, (used.get(agent) ?? 0) - unitsOf(workItemId));
      inHand.delete(workItemId);
      if (type !== 'WorkItemCompleted') wait(workItemId, at);
    } else if (type === 'WorkItemQueued') wait(workItemId, at);
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
