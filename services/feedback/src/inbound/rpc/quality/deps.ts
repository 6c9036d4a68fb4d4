import type { feedbackV1 } from '@throughline/proto';
import type { Handlers } from '@throughline/rpc';
import type { EvaluateDeps } from '../../../use-cases/evaluate';
import type { Cells } from '../../../use-cases/ports';
import type { AgentPreferences, Recognitions, Suggestions } from '../../../use-cases/quality-ports';

/** What the calls about quality share. */
export interface QualityDeps extends EvaluateDeps {
  suggestions: Suggestions;
  recognitions: Recognitions;
  agentPreferences: AgentPreferences;
  cells: Cells;
  newId(): string;
}

type AllHandlers = Handlers<typeof feedbackV1.QualityServiceService>;
/** One call of the service, to be bound to what it needs. */
export type QualityRpc<M extends keyof AllHandlers> = (deps: QualityDeps) => AllHandlers[M];
