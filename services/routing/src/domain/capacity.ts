import type { Handover } from './handover';
import type { Agent } from './setup';

const usualCosts: Record<string, number> = { voice: 100, callback: 100, chat: 30, sms: 20, email: 20 };
const usualInterruptions = [{ active: 'email', by: 'voice' }];

/** Something in an agent's hands, from the offer to the end of the wrap-up. */
export interface Load {
  workItemId: string;
  conversationId: string;
  channel: string;
  subject: string;
  units: number;
  state: 'OFFERED' | 'ASSIGNED' | 'WRAP_UP';
  offerId: string;
  offerExpiresAt: number;
  since: number;
  /** Left by whoever passed it on. */
  handover?: Handover | undefined;
}

type Limits = Pick<Agent, 'capacityUnits' | 'channelCosts' | 'interruptions'>;

/** What one contact of a channel takes of this agent. A usual cost never exceeds the whole agent. */
export const costOf = (agent: Limits, channel: string): number =>
  agent.channelCosts[channel] ?? Math.min(usualCosts[channel] ?? 100, agent.capacityUnits);

/** Units that stand in the way of a contact of this channel: those that it may not interrupt. */
export const unitsInTheWay = (agent: Limits, load: readonly Load[], channel: string): number => {
  const interruptions = agent.interruptions.length > 0 ? agent.interruptions : usualInterruptions;
  let units = 0;
  for (const one of load) {
    if (!interruptions.some(({ active, by }) => by === channel && active === one.channel)) units += one.units;
  }
  return units;
};

/** Whether one more contact of this channel fits. */
export const hasRoom = (agent: Limits, load: readonly Load[], channel: string): boolean =>
  unitsInTheWay(agent, load, channel) + costOf(agent, channel) <= agent.capacityUnits;

/** Those of the channels of which one more contact fits, in their order; the load is counted again only where it is tight. */
export const roomFor = (agent: Limits, load: readonly Load[], channels: Iterable<string>): string[] => {
  const left = agent.capacityUnits - usedUnits(load);
  const found: string[] = [];
  for (const channel of channels) {
    if (costOf(agent, channel) <= left || hasRoom(agent, load, channel)) found.push(channel);
  }
  return found;
};

export const usedUnits = (load: readonly Load[]): number => load.reduce((sum, one) => sum + one.units, 0);
