import { isHidden, evaluate as judge } from '../../../use-cases/evaluate';
import { readMarks, wireEvaluation } from '../../../wire/quality';
import { askedOf, idOf } from '../deps';
import type { QualityRpc } from './deps';

/** Records how somebody judges a contact. */
export const evaluate: QualityRpc<'evaluate'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const asked = askedOf('Evaluate', request, call);
  const { scorecardId, conversationId, agentId, evaluatorId, calibrationId, note } = request;
  const given = {
    id: idOf(deps, '', asked),
    scorecardId,
    conversationId,
    agentId,
    evaluatorId,
    calibrationId,
    marks: readMarks(request.marks),
    note,
  };
  const made = await judge(deps, tenantId, given, asked);
  return { evaluation: wireEvaluation(made, await isHidden(deps, tenantId, made)) };
};
