import { putSurvey } from '../../use-cases/keep-surveys';
import { readSurvey, wireSurvey } from '../../wire/survey';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Replaces it by a new version. */
export const updateSurvey: Rpc<'updateSurvey'> = (deps) => async (request, call) => {
  const put = {
    tenantId: call.caller.tenantId,
    id: request.surveyId,
    expectedVersion: Number(request.expectedVersion),
    asked: askedOf('UpdateSurvey', request, call),
  };
  return { survey: wireSurvey(await putSurvey(deps, put, readSurvey(request.content!))) };
};
