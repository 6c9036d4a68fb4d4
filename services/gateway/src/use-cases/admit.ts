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
  /** Whether the method only reads. */
  method: { read: boolean };
  /** Address of the other end, for counting failed attempts. */
  peer: string;
}

export type Admit = (attempt: Attempt) => Promise<Admitted>;

/** Refuses a caller whose key lacks the scope of the method. Apart from `Admit`, since this refusal is told to the audit trail. */
export const permit = ({ scopes }: Caller, { scope }: { scope: string }): void => {
  if (covers(scopes, scope)) return;
  throw new Refusal('denied', 'SCOPE_MISSING', `The API key needs the scope ${scope}.`, {
    metadata: { required_scope: scope },
  });
};

/** The one door of REST and gRPC: load, then key, then rate; whether the key has the scope is for `permit` to say. */
export const createAdmit = (deps: { authenticator: Authenticator; limits: RateLimits; shedder: Shedder }): Admit => {
  const { authenticator, limits, shedder } = deps;
  return async ({ authorization, method, peer }) => {
    shedder.check(method.read);
    limits.checkPeer(peer);
    const { caller, token } = await authenticator.authenticate(authorization).catch((error: unknown) => {
      limits.countFailure(peer, error);
      throw error;
    });
    return { caller, token, rate: await limits.consume(caller) };
  };
};
