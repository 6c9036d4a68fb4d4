import { invalidField, Refusal } from '@throughline/core';
import type { routingV1 } from '@throughline/proto';
import type { Queue } from '../../domain/setup';
import type { Campaign, Goal, StaffedInterval } from '../../domain/staff-forecast';
import { staffInterval, withCampaign } from '../../domain/staff-forecast';
import type { Rpc } from './deps';
import { dayOf, forecastQuery } from './forecast-query';
import { showAccuracy } from './get-forecast-accuracy';

const METHOD =
  'weekday and interval of up to eight weeks, the latest weighing most (0.7 per week), times a level by the last seven days; ' +
  'intervals of 80 % with the variance mean + dispersion × mean²';
const USUAL_OCCUPANCY = 0.85;

const campaignOf = ({
  campaignContacts,
  campaignFrom,
  campaignTo,
}: routingV1.GetForecastRequest): Campaign | undefined => {
  if (campaignContacts === 0) return undefined;
  if (!campaignFrom) throw invalidField('campaign_from', 'required', 'say when the campaign begins');
  if (!campaignTo || campaignTo <= campaignFrom)
    throw invalidField('campaign_to', 'order', 'must lie after `campaign_from`');
  return { contacts: campaignContacts, from: campaignFrom.getTime(), to: campaignTo.getTime() };
};

const show = (one: StaffedInterval, before: number): routingV1.ForecastInterval => ({
  from: new Date(one.from),
  to: new Date(one.to),
  contacts: one.contacts,
  low: one.low,
  high: one.high,
  campaignContacts: one.contacts - before,
  agents: one.agents,
  scheduledAgents: one.scheduled,
  plannedServiceLevel: one.serviceLevel,
  plannedOccupancy: one.occupancy,
  shortBy: one.shortBy,
});

const readinessOf = (intervals: readonly StaffedInterval[]): routingV1.Readiness => {
  const tightest = intervals.reduce((most, one) => (one.shortBy > most.shortBy ? one : most), intervals[0]!);
  return {
    ready: tightest.shortBy === 0,
    intervalsShort: intervals.filter(({ shortBy }) => shortBy > 0).length,
    mostShortBy: tightest.shortBy,
    tightestAt: tightest.shortBy > 0 ? new Date(tightest.from) : undefined,
  };
};

/** Contacts to expect per interval, how such forecasts came true, and the agents that they ask for. */
export const getForecast: Rpc<'getForecast'> = (deps) => async (request, call) => {
  const query = forecastQuery(request, call.caller.tenantId);
  const queue = (await deps.look.resource('queues', query.tenantId, query.queueId)) as Queue;
  const campaign = campaignOf(request);
  const tomorrow = deps.forecasts.today(query.zone) + 1;
  const first = request.fromDate ? dayOf('from_date', request.fromDate) : tomorrow;
  const found = await deps.forecasts.forecast(query, first, request.days || 1);
  const handleSeconds = request.handleSeconds || found.handle.seconds;
  if (handleSeconds === 0) {
    throw invalidField(
      'handle_seconds',
      'required',
      'nothing was handled in this queue yet: say how long a contact takes',
    );
  }
  const goal: Goal = {
    handleSeconds,
    thresholdSeconds: queue.serviceLevel.thresholdSeconds,
    serviceLevel: queue.serviceLevel.targetPercent / 100,
    maxOccupancy: request.maxOccupancy || USUAL_OCCUPANCY,
    shrinkage: request.shrinkage,
    patienceSeconds: request.patienceSeconds || undefined,
  };
  const staffed = found.intervals.map((one) => {
    const whole = staffInterval(withCampaign(one, campaign), goal, request.plannedAgents, request.staffForHigh);
    if (!whole)
      throw new Refusal('precondition', 'GOAL_OUT_OF_REACH', 'no number of agents up to 100,000 meets this goal');
    return whole;
  });
  return {
    queueId: query.queueId,
    method: METHOD,
    model: goal.patienceSeconds ? 'erlang_a' : 'erlang_c',
    historyDays: found.historyDays,
    level: found.level,
    dispersion: found.dispersion,
    handleSeconds,
    handleSampleSize: BigInt(request.handleSeconds > 0 ? 0 : found.handle.n),
    accuracy: showAccuracy(found.accuracy, found.ahead),
    intervals: staffed.map((one, i) => show(one, found.intervals[i]!.contacts)),
    readiness: request.plannedAgents > 0 ? readinessOf(staffed) : undefined,
  };
};
