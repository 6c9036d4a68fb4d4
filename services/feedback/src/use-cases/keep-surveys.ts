import { Refusal } from '@throughline/core';
import type { Survey, SurveyContent } from '../domain/survey/survey';
import { checkSameScales, checkSurvey } from '../domain/survey/survey';
import type { Asked, Surveys } from './ports';

export interface KeepDeps {
  surveys: Surveys;
  now(): number;
}

export interface Put {
  tenantId: string;
  id: string;
  /** Undefined for a new one; 0 for whatever version there is. */
  expectedVersion?: number | undefined;
  asked?: Asked | undefined;
}

const checked =
  ({ id, expectedVersion }: Put, content: SurveyContent) =>
  (current: Survey | undefined): void => {
    if (expectedVersion === undefined) {
      if (current) throw new Refusal('already_exists', 'SURVEY_EXISTS', `${id} is or was the id of a survey already`);
      return;
    }
    if (!current || current.archived) throw new Refusal('not_found', 'SURVEY_NOT_FOUND', `there is no survey ${id}`);
    if (expectedVersion > 0 && expectedVersion !== current.latest) {
      throw new Refusal('precondition', 'SURVEY_CHANGED', `the latest version is ${current.latest}`, {
        metadata: { version: String(current.latest) },
      });
    }
    checkSameScales(current.content, content);
  };

/** Keeps a survey, or a new version of it. */
export const putSurvey = async ({ surveys, now }: KeepDeps, put: Put, content: SurveyContent): Promise<Survey> => {
  checkSurvey(content);
  return surveys.put(put.tenantId, put.id, content, checked(put, content), now(), put.asked);
};

/** Takes a survey out of use. */
export const retireSurvey = async ({ surveys, now }: KeepDeps, { tenantId, id, asked }: Put): Promise<void> => {
  if (await surveys.archive(tenantId, id, now(), asked)) return;
  throw new Refusal('not_found', 'SURVEY_NOT_FOUND', `there is no survey ${id}`);
};
