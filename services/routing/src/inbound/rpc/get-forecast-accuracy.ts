import type { routingV1 } from '@throughline/proto';
import type { Backtest } from '../../domain/forecast';
import type { Rpc } from './deps';
import { forecastQuery } from './forecast-query';

const skillOf = (error: number | undefined, naive: number | undefined): number | undefined =>
  error !== undefined && naive ? 1 - error / naive : undefined;

export const showAccuracy = (found: Backtest, aheadDays: number): routingV1.ForecastAccuracy => ({
  days: found.days,
  intervals: BigInt(found.intervals),
  contacts: BigInt(found.contacts),
  aheadDays,
  wape: found.wape,
  naiveWape: found.naiveWape,
  skill: skillOf(found.wape, found.naiveWape),
  dayWape: found.dayWape,
  naiveDayWape: found.naiveDayWape,
  meanAbsoluteError: found.meanAbsoluteError,
  bias: found.bias,
  coveredShare: found.covered,
});

/** How forecasts of days that are over came true. */
export const getForecastAccuracy: Rpc<'getForecastAccuracy'> = (deps) => async (request, call) => {
  const query = forecastQuery(request, call.caller.tenantId);
  await deps.look.resource('queues', query.tenantId, query.queueId);
  const ahead = request.aheadDays || 1;
  return { accuracy: showAccuracy(await deps.forecasts.accuracy(query, request.days || 14, ahead), ahead) };
};
