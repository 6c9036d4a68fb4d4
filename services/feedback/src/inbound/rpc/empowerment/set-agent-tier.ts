import { newSpending } from '../../../domain/recovery/empowerment';
import { empowermentOf } from '../../../use-cases/empower';
import { askedOf, notFound } from '../deps';
import type { EmpowermentRpc } from './deps';

/** Puts an agent into a tier; what was given before counts on. */
export const setAgentTier: EmpowermentRpc<'setAgentTier'> = (deps) => async (request, call) => {
  const { agentId, tierId } = request;
  const { tenantId } = call.caller;
  const tiers = (await empowermentOf(deps, tenantId))?.tiers ?? [];
  if (tierId && !tiers.some(({ id }) => id === tierId)) throw notFound('TIER', tierId);
  const at = deps.now();
  const asked = askedOf('SetAgentTier', request, call);
  await deps.spendings.change(
    tenantId,
    agentId,
    (current) => {
      const { tierId: _before, ...rest } = current ?? newSpending(agentId);
      return [{ type: 'replaced', at, state: tierId ? { ...rest, tierId } : rest }];
    },
    at,
    asked,
  );
  return { agentId, tierId };
};
