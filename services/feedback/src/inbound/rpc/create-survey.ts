import { putSurvey } from '../../use-cases/keep-surveys';
import { readSurvey, wireSurvey } from '../../wire/survey';
import type { Rpc } from './deps';
import { askedOf, idOf } from './deps';

/** Keeps a new survey. */
export const createSurvey: Rpc<'createSurvey'> = (deps) => async (request, call) => {
  const asked = askedOf('CreateSurvey', request, call);
  const put = { tenantId: call.caller.tenantId, id: idOf(deps, request.surveyId, asked), asked };
  return { survey: wireSurvey(await putSurvey(deps, put, readSurvey(request.content!))) };
};
