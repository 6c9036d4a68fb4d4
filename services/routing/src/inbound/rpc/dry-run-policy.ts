import { invalidField } from '@throughline/core';
import { policyWire } from '../../wire/setup';
import type { Rpc } from './deps';

const DAY_MS = 86_400_000;
const LONGEST_MS = 31 * DAY_MS;

/** Shows what past offers would have been under another policy. */
export const dryRunPolicy: Rpc<'dryRunPolicy'> = (deps) => async (request, call) => {
  const to = request.to?.getTime() ?? deps.clock.now();
  const from = request.from?.getTime() ?? to - DAY_MS;
  if (from >= to) throw invalidField('from', 'order', 'must lie before `to`');
  if (to - from > LONGEST_MS) throw invalidField('from', 'range', 'lies more than 31 days before `to`');
  const given = request.routingPolicy && policyWire.read(request.routingPolicy);
  const { tenantId } = call.caller;
  const most = request.maxDecisions || 1_000;
  const { run, truncated } = await deps.look.dryRun(tenantId, request.routingPolicyId, given, from, to, most);
  return {
    decisions: BigInt(run.decisions),
    same: BigInt(run.same),
    otherRule: BigInt(run.otherRule),
    otherQueue: BigInt(run.otherQueue),
    otherAgent: BigInt(run.otherAgent),
    nobody: BigInt(run.nobody),
    noRule: BigInt(run.noRule),
    notKnown: BigInt(run.notKnown),
    differences: run.differences,
    truncated,
  };
};
