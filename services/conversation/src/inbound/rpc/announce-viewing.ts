import type { conversationV1 } from '@throughline/proto';
import type { Viewing } from '../../use-cases/ports';
import type { Rpc } from './deps';
import { needed } from './deps';

export const presentViewers = (viewings: Viewing[]): conversationV1.Viewer[] =>
  viewings.map(({ agentId, typing, at }) => ({ agentId, typing, seenAt: at }));

/** Tells the others that an agent looks at the conversation or types in it. */
export const announceViewing: Rpc<'announceViewing'> = (deps) => async (request, call) => {
  const { tenantId } = call.caller;
  await needed(deps, tenantId, request.conversationId);
  const key = `${tenantId}/${request.conversationId}`;
  return { viewers: presentViewers(await deps.viewings.announce(key, request.agentId, request.typing)) };
};
