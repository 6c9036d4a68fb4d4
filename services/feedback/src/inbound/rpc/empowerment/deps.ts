import type { feedbackV1 } from '@throughline/proto';
import type { Handlers } from '@throughline/rpc';
import type { ApproveDeps } from '../../../use-cases/approve';

/** What the calls about empowerment share. */
export interface EmpowermentDeps extends ApproveDeps {
  newId(): string;
}

type AllHandlers = Handlers<typeof feedbackV1.EmpowermentServiceService>;
/** One call of the service, to be bound to what it needs. */
export type EmpowermentRpc<M extends keyof AllHandlers> = (deps: EmpowermentDeps) => AllHandlers[M];
