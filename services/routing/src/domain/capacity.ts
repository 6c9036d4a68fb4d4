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
  const mayInterrupt = (active: string) => interruptions.some((one) => one.active === active && one.by === channel);
  return load.reduce((sum, one) => sum + (mayInterrupt(one.channel) ? 0 : one.units), 0);
};

/** Whether one more contact of this channel fits. */
export const hasRoom = (agent: Limits, load: readonly Load[], channel: string): boolean =>
  unitsInTheWay(agent, load, channel) + costOf(agent, channel) <= agent.capacityUnits;

export const usedUnits = (load: readonly Load[]): number => load.reduce((sum, one) => sum + one.units, 0);
