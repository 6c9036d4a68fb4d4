import { Refusal } from '@throughline/core';
import { checkPolicy } from '../../domain/policy/policy-draft';
import { policyOf, wirePolicy } from '../../wire/policy';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Replaces the policy. */
export const updateContactPolicy: Rpc<'updateContactPolicy'> = (deps) => async (request, call) => {
  const wanted = policyOf(request.contactPolicy!);
  checkPolicy(wanted);
  const expected = request.expectedVersion;
  const policy = await deps.policies.change(
    call.caller.tenantId,
    (current) => {
      if (expected !== undefined && Number(expected) !== current.version) {
        throw new Refusal('conflict', 'POLICY_CHANGED', `expected version ${expected}, but it is ${current.version}`);
      }
      return { ...wanted, version: current.version + 1, updatedAt: deps.now() };
    },
    askedOf('UpdateContactPolicy', request, call),
  );
  deps.facts.policyChanged(policy.version);
  return { contactPolicy: wirePolicy(policy) };
};
