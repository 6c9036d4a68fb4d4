import type { Decision } from '../domain/decision';
import type { Candidate, Demand } from '../domain/demand';
import type { Judged, Skip } from '../domain/judge';

/** A decision beside others of its row: agents, demands and reasons are numbers of a list that they share. */
type Packed = Omit<Decision, 'tenantId' | 'demand' | 'candidates'> & { demand: number; candidates: number[] };

interface Text {
  agents: Candidate[];
  demands: Demand[];
  skips: Skip[];
  made: Packed[];
}

const NONE = -1;

/** Numbers things in the order they are met; those of equal keys get one number. Without `keyOf` it goes by identity. */
const numbered = <T>(keyOf: (one: T) => unknown = (one) => one) => {
  const list: T[] = [];
  const numbers = new Map<unknown, number>();
  return {
    list,
    of(one: T): number {
      const key = keyOf(one);
      let number = numbers.get(key);
      if (number === undefined) {
        number = list.push(one) - 1;
        numbers.set(key, number);
      }
      return number;
    },
  };
};

/** Decisions of one tenant as one text. Those of a row look at the same agents, most of them unchanged: each is written once. */
export const packDecisions = (decisions: readonly Decision[]): string => {
  const agents = numbered<Candidate>();
  const demands = numbered<Demand>();
  const skips = numbered<Skip>(({ reason, detail }) => `${reason} ${detail}`);
  const made = decisions.map((decision): Packed => {
    const candidates: number[] = [];
    for (const { agent, skip } of decision.candidates) candidates.push(agents.of(agent), skip ? skips.of(skip) : NONE);
    return {
      id: decision.id,
      workItemId: decision.workItemId,
      agentId: decision.agentId,
      at: decision.at,
      policyId: decision.policyId,
      policyVersion: decision.policyVersion,
      ruleName: decision.ruleName,
      passedRules: decision.passedRules,
      contact: decision.contact,
      fixedQueueId: decision.fixedQueueId ?? '',
      arrivedAt: decision.arrivedAt,
      wait: decision.wait,
      demand: demands.of(decision.demand),
      relaxationSteps: decision.relaxationSteps,
      score: decision.score,
      candidates,
      skipped: decision.skipped,
      workAhead: decision.workAhead,
    };
  });
  return JSON.stringify({ agents: agents.list, demands: demands.list, skips: skips.list, made } satisfies Text);
};

/** The decisions again, each whole. */
export const unpackDecisions = (tenantId: string, text: string): Decision[] => {
  const { agents, demands, skips, made } = JSON.parse(text) as Text;
  return made.map(({ demand, candidates, ...decision }) => {
    const judged: Judged[] = [];
    for (let i = 0; i < candidates.length; i += 2) {
      const skip = skips[candidates[i + 1]!];
      judged.push(skip ? { agent: agents[candidates[i]!]!, skip } : { agent: agents[candidates[i]!]! });
    }
    return { ...decision, tenantId, demand: demands[demand]!, candidates: judged };
  });
};
