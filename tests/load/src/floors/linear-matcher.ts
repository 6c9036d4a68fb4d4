import type { Candidate } from '@throughline/routing/matcher';
import type { RoutingLoad } from '../workload/routing';

type Item = RoutingLoad['items'][0];

/** F5: looks at every waiting contact for every free agent, on plain objects. The least that is right without an index. */
export const linearBest = (items: Iterable<Item>, agent: Candidate, minutes: number): Item | undefined => {
  let best: Item | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const item of items) {
    const { demand } = item;
    const score = item.standing + demand.pointsPerMinute * minutes;
    if (score < bestScore || (score === bestScore && item.id > best!.id)) continue;
    if (!agent.open.includes(demand.channel)) continue;
    if (!demand.queueIds.some((id) => agent.queueIds.includes(id))) continue;
    if (!demand.needs.every(({ skillId, minProficiency }) => (agent.skills[skillId] ?? 0) >= minProficiency)) continue;
    best = item;
    bestScore = score;
  }
  return best;
};
