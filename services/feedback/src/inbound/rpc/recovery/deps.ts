import { Refusal } from '@throughline/core';
import type { feedbackV1 } from '@throughline/proto';
import type { Call, Handlers } from '@throughline/rpc';
import type { CaseCommand, RecoveryCase } from '../../../domain/recovery/case';
import { decideCase } from '../../../domain/recovery/case';
import type { Asked, Cells } from '../../../use-cases/ports';
import type { RecoverDeps } from '../../../use-cases/recover';
import { wireCase } from '../../../wire/recovery';

/** What the calls about recovery share. */
export interface RecoveryDeps extends RecoverDeps {
  cells: Cells;
  newId(): string;
}

type AllHandlers = Handlers<typeof feedbackV1.RecoveryServiceService>;
/** One call of the service, to be bound to what it needs. */
export type RecoveryRpc<M extends keyof AllHandlers> = (deps: RecoveryDeps) => AllHandlers[M];

export const shown = (one: RecoveryCase | undefined): { case: feedbackV1.RecoveryCase } => ({ case: wireCase(one!) });

/** A command to one case of the caller's tenant. */
export const changeCase = async (
  deps: RecoveryDeps,
  call: Call,
  caseId: string,
  command: CaseCommand,
  asked: Asked | undefined,
): Promise<{ case: feedbackV1.RecoveryCase }> =>
  shown(
    await deps.cases.change(
      call.caller.tenantId,
      caseId,
      (current) => {
        if (!current) throw new Refusal('not_found', 'CASE_NOT_FOUND', `there is no case ${caseId}`);
        return decideCase(current, command);
      },
      command.at,
      asked,
    ),
  );
