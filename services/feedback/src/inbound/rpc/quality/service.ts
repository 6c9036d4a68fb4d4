import { feedbackV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { answerSuggestion } from './answer-suggestion';
import { compareEvaluators } from './compare-evaluators';
import { createCalibration } from './create-calibration';
import { createScorecard } from './create-scorecard';
import { createSuggestion } from './create-suggestion';
import type { QualityDeps } from './deps';
import { evaluate } from './evaluate';
import { getAgentMeasures } from './get-agent-measures';
import { getEvaluation } from './get-evaluation';
import { getScorecard } from './get-scorecard';
import { giveRecognition } from './give-recognition';
import { listEvaluations } from './list-evaluations';
import { listRecognitions } from './list-recognitions';
import { listScorecards } from './list-scorecards';
import { listSuggestions } from './list-suggestions';
import { setRecognitionPreference } from './set-recognition-preference';
import { updateScorecard } from './update-scorecard';

/** The whole QualityService. */
export const qualityService = (deps: QualityDeps): RpcService =>
  implement(feedbackV1.QualityServiceService, {
    answerSuggestion: answerSuggestion(deps),
    compareEvaluators: compareEvaluators(deps),
    createCalibration: createCalibration(deps),
    createScorecard: createScorecard(deps),
    createSuggestion: createSuggestion(deps),
    evaluate: evaluate(deps),
    getAgentMeasures: getAgentMeasures(deps),
    getEvaluation: getEvaluation(deps),
    getScorecard: getScorecard(deps),
    giveRecognition: giveRecognition(deps),
    listEvaluations: listEvaluations(deps),
    listRecognitions: listRecognitions(deps),
    listScorecards: listScorecards(deps),
    listSuggestions: listSuggestions(deps),
    setRecognitionPreference: setRecognitionPreference(deps),
    updateScorecard: updateScorecard(deps),
  });
