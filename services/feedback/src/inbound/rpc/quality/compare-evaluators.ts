import { compare } from '../../../use-cases/evaluate';
import { wireEvaluation } from '../../../wire/quality';
import { wireMarkResult } from '../../../wire/words';
import type { QualityRpc } from './deps';

/** How far evaluators agree. */
export const compareEvaluators: QualityRpc<'compareEvaluators'> = (deps) => async (request, call) => {
  const found = await compare(deps, call.caller.tenantId, request.calibrationId);
  return {
    agreement: {
      evaluators: found.evaluations.length,
      items: found.items,
      agreementPercent: found.agreement,
      cohenKappa: found.cohen,
      fleissKappa: found.fleiss,
      scoreSpread: found.spread,
      withinTolerance: found.withinTolerance,
      differences: found.differences.map(({ itemId, results }) => ({
        itemId,
        results: Object.fromEntries(Object.entries(results).map(([id, result]) => [id, wireMarkResult(result)])),
      })),
    },
    evaluations: found.evaluations.map((one) => wireEvaluation(one, false)),
  };
};
