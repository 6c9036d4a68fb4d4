import { createHash } from 'node:crypto';
import type { conversationV1 } from '@throughline/proto';
import type { Call, Handlers } from '@throughline/rpc';
import { presentConversation } from '../../contract/present';
import type { Actor, Conversation } from '../../domain/conversation';
import { exists } from '../../domain/conversation';
import type { MoveOptions } from '../../use-cases/move-messages';
import type {
  ActingRequest,
  ConversationLog,
  CustomerLinks,
  Issues,
  ListConversations,
  Tokens,
  Viewings,
  Watch,
} from '../../use-cases/ports';
import type { CommandOutcome, Plan } from '../../use-cases/run-command';
import { commandExisting, notFound } from '../../use-cases/run-command';
import type { Settings } from '../../use-cases/settings';

/** What the calls of this service share. */
export interface Deps {
  commands: MoveOptions;
  log: ConversationLog;
  settings: Settings;
  tokens: Tokens;
  links: CustomerLinks;
  issues: Issues;
  viewings: Viewings;
  watch: Watch;
  list: ListConversations;
}

type Service = typeof conversationV1.ConversationServiceService;
type AllHandlers = Handlers<Service>;
/** One call of the service, to be bound to what it needs. */
export type Rpc<M extends keyof AllHandlers> = (deps: Deps) => AllHandlers[M];

interface ProtoActor {
  kind: string;
  id: string;
  displayName: string;
}

const callerKinds: Record<Call['caller']['kind'], Actor['kind']> = {
  user: 'AGENT',
  'api-key': 'INTEGRATION',
  service: 'SYSTEM',
};

const actorOf = (given: ProtoActor | undefined, call: Call): Actor => {
  const kind = given?.kind.replace('ACTOR_KIND_', '') ?? 'UNSPECIFIED';
  const known = kind === 'AGENT' || kind === 'CUSTOMER' || kind === 'SYSTEM' || kind === 'INTEGRATION';
  return {
    kind: known ? kind : callerKinds[call.caller.kind],
    id: given?.id || call.caller.subject,
    name: given?.displayName ?? '',
  };
};

interface Encodes<R> {
  encode(request: R): { finish(): Uint8Array };
}

/** Who asks for what, and a fingerprint that tells a repeated request from another one under the same id. */
export const acting = <R extends { requestId: string; actor?: ProtoActor | undefined }>(
  name: string,
  request: R,
  call: Call,
  codec: Encodes<R>,
): ActingRequest => ({
  tenantId: call.caller.tenantId,
  actor: actorOf(request.actor, call),
  requestId: request.requestId || call.requestId || '',
  fingerprint: createHash('sha256')
    .update(name)
    .update(codec.encode({ ...request, requestId: '' }).finish())
    .digest('base64url')
    .slice(0, 22),
});

export const presented = async (deps: Deps, state: Conversation): Promise<conversationV1.Conversation> =>
  presentConversation(state, await deps.links.customersOf([state]));

/** The conversation as it is now; refuses when the tenant has none of that id. */
export const needed = async (deps: Deps, tenantId: string, id: string): Promise<Conversation> => {
  const key = `${tenantId}/${id}`;
  const state = (await deps.log.load([key])).get(key)?.held.state;
  if (!state || !exists(state)) throw notFound(id);
  return state;
};

export const change = (
  deps: Deps,
  request: ActingRequest,
  id: string,
  planFor: (state: Conversation) => Plan,
): Promise<CommandOutcome> => commandExisting(request, id, planFor, deps.commands);

/** A command that needs no look at the state, answered with the conversation. */
export const changed = async (
  deps: Deps,
  request: ActingRequest,
  id: string,
  command: Plan['commands'][number],
): Promise<{ conversation: conversationV1.Conversation }> => {
  const { state } = await change(deps, request, id, () => ({ commands: [command] }));
  return { conversation: await presented(deps, state) };
};
