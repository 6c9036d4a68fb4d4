import { invalidField } from '@throughline/core';
import { reportMetrics } from '../../domain/metrics';
import type { Variant } from '../../domain/service-level';
import { serviceLevels, variantNames } from '../../domain/service-level';
import type { Rpc } from './deps';
import { notForRanking } from './ranking';

const DAY_MS = 86_400_000;
const LONGEST_MS = 31 * DAY_MS;

/** What a queue did, from raw facts. */
export const getQueueReport: Rpc<'getQueueReport'> = (deps) => async (request, call) => {
  if (request.groupBy === 'agent') {
    throw notForRanking(
      'handle time, occupancy and calls taken are for planning; agents are judged by resolution and quality',
    );
  }
  const to = request.to?.getTime() ?? deps.clock.now();
  const from = request.from?.getTime() ?? to - DAY_MS;
  if (from >= to) throw invalidField('from', 'order', 'must lie before `to`');
  if (to - from > LONGEST_MS) throw invalidField('from', 'range', 'lies more than 31 days before `to`');
  const { tenantId } = call.caller;
  const [{ report, queue }, occupancy] = await Promise.all([
    deps.look.report(tenantId, request.queueId, from, to),
    deps.indications.occupancyOf(tenantId, request.queueId, from, to),
  ]);
  const { counts, told } = report;
  const share = (part: number) => (told.settled > 0 ? part / told.settled : undefined);
  const levels = serviceLevels(counts, report.overdue);
  return {
    report: {
      queueId: request.queueId,
      from: new Date(from),
      to: new Date(to),
      offered: BigInt(counts.offered),
      answered: BigInt(counts.answered),
      abandoned: BigInt(counts.abandoned),
      flowOut: BigInt(counts.flowOut),
      waiting: BigInt(report.waiting),
      longestWaitSeconds: report.longestWaitSeconds,
      averageSpeedOfAnswerSeconds: report.averageSpeedOfAnswer,
      medianWaitSeconds: report.medianWait,
      p90WaitSeconds: report.p90Wait,
      abandonmentRate: report.abandonmentRate,
      averageHandleSeconds: report.averageHandle,
      handled: BigInt(report.handled),
      transferred: BigInt(report.transferred),
      occupancy,
      metrics: reportMetrics,
      goal: queue.serviceLevel,
      serviceLevels: (Object.keys(levels) as Variant[]).map((variant) => ({
        variant,
        meaning: variantNames[variant],
        share: levels[variant],
      })),
      toldWaits: {
        told: BigInt(told.told),
        estimated: BigInt(told.estimated),
        settled: BigInt(told.settled),
        withinRange: share(told.within),
        waitedLonger: share(told.longer),
        waitedShorter: share(told.shorter),
        meanAbsoluteErrorSeconds: told.meanAbsoluteError,
      },
    },
  };
};
