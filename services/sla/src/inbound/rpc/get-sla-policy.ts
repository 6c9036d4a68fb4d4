import { wirePolicy } from '../../wire/settings';
import type { Rpc } from './deps';
import { notFound } from './deps';

/** A policy in its latest version, or in the one that is named. */
export const getSlaPolicy: Rpc<'getSlaPolicy'> =
  ({ policies }) =>
  async ({ policyId, version }, call) => {
    const found = await policies.get(call.caller.tenantId, policyId, Number(version));
    if (!found || (version === 0n && found.archived)) throw notFound('POLICY', policyId);
    return { policy: wirePolicy(found) };
  };
