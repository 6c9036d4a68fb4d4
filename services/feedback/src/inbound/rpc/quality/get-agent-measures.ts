import { invalidField } from '@throughline/core';
import { accuracyMeasure, qualityMeasure, resolutionMeasure } from '../../../domain/quality/measures';
import { dayOf } from '../../../domain/score/entry';
import { wireMeasure } from '../../../wire/quality';
import type { QualityRpc } from './deps';

const DAY = 86_400_000;
const USUAL_DAYS = 90;
const LATEST = Date.UTC(2199, 11, 31);

/** Quality and resolution of one agent. */
export const getAgentMeasures: QualityRpc<'getAgentMeasures'> = (deps) => async (request, call) => {
  const { agentId } = request;
  const to = Math.min(request.to?.getTime() ?? deps.now() + DAY, LATEST);
  const from = Math.max(request.from?.getTime() ?? to - USUAL_DAYS * DAY, 0);
  if (!(from < to)) throw invalidField('to', 'after', 'must lie after from');
  const read = async (scope: string) => {
    const days = { fromDay: dayOf(from), toDay: dayOf(to - 1 + DAY) };
    return (await deps.cells.sums({ tenantId: call.caller.tenantId, scope, dim: 'total', ...days })).get('') ?? {};
  };
  const [quality, resolution] = await Promise.all([read(`quality/${agentId}`), read(`resolution/${agentId}`)]);
  return {
    measures: {
      agentId,
      quality: wireMeasure(qualityMeasure(quality)),
      criticalAccuracy: wireMeasure(accuracyMeasure(quality)),
      firstContactResolution: wireMeasure(resolutionMeasure(resolution)),
    },
  };
};
