import { feedbackV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { createSurvey } from './create-survey';
import { deleteSurvey } from './delete-survey';
import type { Deps } from './deps';
import { getInvitation } from './get-invitation';
import { getScores } from './get-scores';
import { getSurvey } from './get-survey';
import { inviteCustomer } from './invite-customer';
import { listInvitations } from './list-invitations';
import { listSurveys } from './list-surveys';
import { recordAnswer } from './record-answer';
import { setSurveyPreference } from './set-survey-preference';
import { updateSurvey } from './update-survey';

/** The whole FeedbackService. */
export const feedbackService = (deps: Deps): RpcService =>
  implement(feedbackV1.FeedbackServiceService, {
    createSurvey: createSurvey(deps),
    deleteSurvey: deleteSurvey(deps),
    getInvitation: getInvitation(deps),
    getScores: getScores(deps),
    getSurvey: getSurvey(deps),
    inviteCustomer: inviteCustomer(deps),
    listInvitations: listInvitations(deps),
    listSurveys: listSurveys(deps),
    recordAnswer: recordAnswer(deps),
    setSurveyPreference: setSurveyPreference(deps),
    updateSurvey: updateSurvey(deps),
  });
