import { feedbackV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { advanceRecoveryCase } from './advance-recovery-case';
import { assignRecoveryCase } from './assign-recovery-case';
import { compensateRecoveryCase } from './compensate-recovery-case';
import { completeImprovement } from './complete-improvement';
import { createCause } from './create-cause';
import { createFailurePoint } from './create-failure-point';
import { createImprovement } from './create-improvement';
import type { RecoveryDeps } from './deps';
import { escalateRecoveryCase } from './escalate-recovery-case';
import { getCauseReport } from './get-cause-report';
import { getImprovement } from './get-improvement';
import { getRecoveryCase } from './get-recovery-case';
import { getRecoveryPolicy } from './get-recovery-policy';
import { listCauses } from './list-causes';
import { listFailurePoints } from './list-failure-points';
import { listImprovements } from './list-improvements';
import { listRecoveryCases } from './list-recovery-cases';
import { openRecoveryCase } from './open-recovery-case';
import { resolveRecoveryCase } from './resolve-recovery-case';
import { setCaseCause } from './set-case-cause';
import { setRecoveryPolicy } from './set-recovery-policy';
import { tellCustomers } from './tell-customers';

/** The whole RecoveryService. */
export const recoveryService = (deps: RecoveryDeps): RpcService =>
  implement(feedbackV1.RecoveryServiceService, {
    advanceRecoveryCase: advanceRecoveryCase(deps),
    assignRecoveryCase: assignRecoveryCase(deps),
    compensateRecoveryCase: compensateRecoveryCase(deps),
    completeImprovement: completeImprovement(deps),
    createCause: createCause(deps),
    createFailurePoint: createFailurePoint(deps),
    createImprovement: createImprovement(deps),
    escalateRecoveryCase: escalateRecoveryCase(deps),
    getCauseReport: getCauseReport(deps),
    getImprovement: getImprovement(deps),
    getRecoveryCase: getRecoveryCase(deps),
    getRecoveryPolicy: getRecoveryPolicy(deps),
    listCauses: listCauses(deps),
    listFailurePoints: listFailurePoints(deps),
    listImprovements: listImprovements(deps),
    listRecoveryCases: listRecoveryCases(deps),
    openRecoveryCase: openRecoveryCase(deps),
    resolveRecoveryCase: resolveRecoveryCase(deps),
    setCaseCause: setCaseCause(deps),
    setRecoveryPolicy: setRecoveryPolicy(deps),
    tellCustomers: tellCustomers(deps),
  });
