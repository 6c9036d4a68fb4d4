import { Refusal } from '@throughline/core';
import { expectWith, staffingFor } from '../../domain/staffing';
import type { Rpc } from './deps';

/** Agents for a load, by Erlang C or A. */
export const computeStaffing: Rpc<'computeStaffing'> = () => async (request) => {
  const need = {
    ...request,
    maxOccupancy: request.maxOccupancy || 1,
    patienceSeconds: request.patienceSeconds || undefined,
  };
  const asked = request.agents;
  const found =
    asked > 0
      ? { agents: asked, scheduled: Math.ceil(asked / (1 - need.shrinkage)), expected: expectWith(need, asked) }
      : staffingFor(need);
  if (!found)
    throw new Refusal('precondition', 'GOAL_OUT_OF_REACH', 'no number of agents up to 100,000 meets this goal');
  const { expected } = found;
  return {
    model: need.patienceSeconds ? 'erlang_a' : 'erlang_c',
    agents: found.agents,
    scheduledAgents: found.scheduled,
    loadErlang: expected.load,
    occupancy: expected.occupancy,
    waitProbability: expected.waitProbability,
    averageWaitSeconds: Number.isFinite(expected.averageWaitSeconds) ? expected.averageWaitSeconds : undefined,
    serviceLevel: expected.serviceLevel,
    serviceLevelIgnoringAbandons: expected.serviceLevelIgnoringAbandons,
    abandonProbability: expected.abandonProbability,
  };
};
