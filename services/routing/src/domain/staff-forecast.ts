import type { Expectation } from './forecast';
import type { Requirement } from './staffing';
import { expectWith, staffingFor } from './staffing';

/** One interval of a forecast. */
export interface ForecastInterval extends Expectation {
  from: number;
  to: number;
}

/** Contacts that come on top, evenly between two moments. */
export interface Campaign {
  contacts: number;
  from: number;
  to: number;
}

export type Goal = Omit<Requirement, 'contacts' | 'intervalSeconds'>;

export interface StaffedInterval extends ForecastInterval {
  agents: number;
  scheduled: number;
  /** With the agents that are planned. */
  serviceLevel?: number | undefined;
  occupancy?: number | undefined;
  /** Agents that are missing from the plan. */
  shortBy: number;
}

/** The part of a campaign's contacts that falls into an interval. */
export const campaignPart = ({ contacts, from, to }: Campaign, interval: { from: number; to: number }): number => {
  const shared = Math.min(to, interval.to) - Math.max(from, interval.from);
  return to > from && shared > 0 ? (contacts * shared) / (to - from) : 0;
};

/** The forecast with a campaign on top. */
export const withCampaign = (interval: ForecastInterval, campaign: Campaign | undefined): ForecastInterval => {
  const more = campaign ? campaignPart(campaign, interval) : 0;
  const { contacts, low, high } = interval;
  return { ...interval, contacts: contacts + more, low: low + more, high: high + more };
};

/**
 * Agents for an interval, and what to expect with those that are planned. `forHigh`: enough for the upper end of what may come, not
 * for the middle. Undefined when no number of agents meets the goal.
 */
export const staffInterval = (
  interval: ForecastInterval,
  goal: Goal,
  planned: number,
  forHigh: boolean,
): StaffedInterval | undefined => {
  const contacts = forHigh ? interval.high : interval.contacts;
  const need: Requirement = { ...goal, contacts, intervalSeconds: (interval.to - interval.from) / 1000 };
  const found = contacts > 0 ? staffingFor(need) : { agents: 0, scheduled: 0 };
  if (!found) return undefined;
  const expected = planned > 0 && contacts > 0 ? expectWith(need, planned) : undefined;
  return {
    ...interval,
    agents: found.agents,
    scheduled: found.scheduled,
    serviceLevel: expected?.serviceLevel,
    occupancy: expected?.occupancy,
    shortBy: planned > 0 ? Math.max(0, found.agents - planned) : 0,
  };
};
