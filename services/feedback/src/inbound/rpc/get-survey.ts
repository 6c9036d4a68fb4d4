import { wireSurvey } from '../../wire/survey';
import type { Rpc } from './deps';
import { notFound } from './deps';

/** One survey in one version. */
export const getSurvey: Rpc<'getSurvey'> =
  ({ surveys }) =>
  async ({ surveyId, version }, call) => {
    const found = await surveys.get(call.caller.tenantId, surveyId, Number(version));
    if (!found || (found.archived && version === 0n)) throw notFound('SURVEY', surveyId);
    return { survey: wireSurvey(found) };
  };
