import { retireSurvey } from '../../use-cases/keep-surveys';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Takes a survey out of use. */
export const deleteSurvey: Rpc<'deleteSurvey'> = (deps) => async (request, call) => {
  const asked = askedOf('DeleteSurvey', request, call);
  await retireSurvey(deps, { tenantId: call.caller.tenantId, id: request.surveyId, asked });
  return {};
};
