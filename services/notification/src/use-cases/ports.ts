import type { ContactPolicy } from '../domain/policy/policy';

/** A request that must have one effect. */
export interface Asked {
  id: string;
  fingerprint: string;
}

export interface PolicyStore {
  /** The policy of a tenant, the built-in one when none was set; at most a second old. */
  of(tenantId: string): Promise<ContactPolicy>;
  /** Decides and writes; a repeated request gives the policy as it is now. Throws what `decide` refuses. */
  change(
    tenantId: string,
    decide: (current: ContactPolicy) => ContactPolicy,
    asked: Asked | undefined,
  ): Promise<ContactPolicy>;
}
