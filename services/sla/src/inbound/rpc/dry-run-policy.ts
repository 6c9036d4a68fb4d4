import { dryRun, matchesNow } from '../../domain/clock/dry-run';
import { wireClock } from '../../wire/clock';
import type { Rpc } from './deps';
import { notFound, ruled, shown } from './deps';

/** The clocks of a conversation as they would stand had another policy counted. */
export const dryRunPolicy: Rpc<'dryRunPolicy'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  const kept = await deps.policies.get(tenantId, request.policyId, Number(request.version));
  if (!kept) throw notFound('POLICY', request.policyId);
  const docket = await deps.dockets.load({ tenantId, id: request.conversationId });
  if (!docket?.known) throw notFound('CONVERSATION', request.conversationId);
  const policy = await deps.books.pinned(tenantId, kept);
  if (!matchesNow(policy, docket.facts)) return { matches: false, clocks: [] };
  return ruled(deps, tenantId, (rules) => ({
    matches: true,
    clocks: docket.clocks.map((clock) => {
      const asIf = dryRun(clock, docket.facts, policy, Math.max(deps.now(), clock.runningSince ?? 0), rules);
      const of = { conversationId: docket.id, channel: docket.facts.channel };
      return {
        now: shown(deps, { docket, clock }, rules, false),
        asIf: asIf && wireClock(asIf, { ...of, usedMs: asIf.usedMs }, false),
      };
    }),
  }));
};
