import { Refusal } from '@throughline/core';
import type { Caller } from '../domain/caller';
import { covers } from '../domain/scopes';
import type { Authenticator } from './authenticate';
import type { RateLimits, RateState } from './rate-limits';
import type { Shedder } from './shed-load';

export interface Admitted {
  caller: Caller;
  token: string;
  rate: RateState;
}

export interface Attempt {
  authorization: string | undefined;
  /** Scope that is needed, and whether the method only reads. */
  method: { scope: string; read: boolean };
  /** Address of the other end, for counting failed attempts. */
  peer: string;
}

export type Admit = (attempt: Attempt) => Promise<Admitted>;

/** The one door of REST and gRPC: load, then key, then scope, then rate. */
export const createAdmit = (deps: { authenticator: Authenticator; limits: RateLimits; shedder: Shedder }): Admit => {
  const { authenticator, limits, shedder } = deps;
  return async ({ authorization, method, peer }) => {
    shedder.check(method.read);
    limits.checkPeer(peer);
    const { caller, token } = await authenticator.authenticate(authorization).catch((error: unknown) => {
      limits.countFailure(peer, error);
      throw error;
    });
    if (!covers(caller.scopes, method.scope)) {
      throw new Refusal('denied', 'SCOPE_MISSING', `The API key needs the scope ${method.scope}.`, {
        metadata: { required_scope: method.scope },
      });
    }
    return { caller, token, rate: await limits.consume(caller) };
  };
};
