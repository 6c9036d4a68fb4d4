import type { Aggregates } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { ContactPolicy } from '../domain/policy/policy';
import { builtInPolicy } from '../domain/policy/policy';
import type { PolicyStore } from '../use-cases/ports';
import { withoutUndefined } from './without-undefined';

const KEPT_MS = 1_000;

export const policyToDoc = ({ version, ...policy }: ContactPolicy): mongo.Document =>
  withoutUndefined({ ...policy, policyVersion: version });

export const policyFromDoc = (doc: mongo.Document): ContactPolicy => ({
  version: doc['policyVersion'],
  budget: doc['budget'],
  quiet: doc['quiet'],
  defaultZone: doc['defaultZone'],
  consentRequired: doc['consentRequired'],
  atRiskBlocks: doc['atRiskBlocks'],
  holdMs: doc['holdMs'],
  digest: doc['digest'],
  // Documents of before there were such addresses have none.
  postalAddress: doc['postalAddress'] ?? '',
  updatedAt: doc['updatedAt'],
});

/** One document per tenant. */
export const createPolicyStore = (aggregates: Aggregates<ContactPolicy>, now: () => number): PolicyStore => {
  const known = new Map<string, { policy: ContactPolicy; at: number }>();
  return {
    async of(tenantId) {
      const kept = known.get(tenantId);
      if (kept && now() - kept.at < KEPT_MS) return kept.policy;
      const policy = (await aggregates.load(`${tenantId}/policy`))?.state ?? builtInPolicy;
      known.set(tenantId, { policy, at: now() });
      return policy;
    },
    async change(tenantId, decide, asked) {
      const { state } = await aggregates.change(
        'policy',
        (current) => ({ state: decide(current?.state ?? builtInPolicy), events: [] }),
        { tenantId, request: asked },
      );
      known.delete(tenantId);
      return state!;
    },
  };
};
