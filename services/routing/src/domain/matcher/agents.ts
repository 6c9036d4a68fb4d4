import { createIdIndex, hashOf } from './id-index';
import type { Agent } from './pool';

/** The agents by id: a table that stays in the cache of the processor where a `Map` of ten thousand does not. */
export const createAgents = () => {
  const slots: (Agent | undefined)[] = [];
  const free: number[] = [];
  let last: Agent | undefined;
  const index = createIdIndex({
    idAt: (slot) => slots[slot]?.agentId ?? '',
    hashAt: (slot) => hashOf(slots[slot]!.agentId),
    end: () => slots.length,
  });
  const slotOf = (agentId: string): number => index.get(agentId, hashOf(agentId));
  return {
    count: () => slots.length - free.length,
    get(agentId: string): Agent | undefined {
      // Who was set is most often who is asked for next.
      if (last?.agentId === agentId) return last;
      const slot = slotOf(agentId);
      last = slot < 0 ? undefined : slots[slot];
      return last;
    },
    /** For an id that is not among them. */
    add(agent: Agent): void {
      const slot = free.pop() ?? slots.length;
      slots[slot] = agent;
      index.set(hashOf(agent.agentId), slot);
      last = agent;
    },
    delete(agent: Agent): void {
      const slot = slotOf(agent.agentId);
      slots[slot] = undefined;
      free.push(slot);
      last = undefined;
    },
  };
};
