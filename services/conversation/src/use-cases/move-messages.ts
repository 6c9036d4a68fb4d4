import { Refusal } from '@throughline/core';
import type { Conversation, Evidence, Message, Move } from '../domain/conversation';
import { exists, isHere } from '../domain/conversation';
import type { ActingRequest, Claim, ConversationLog, Key } from './ports';
import type { CommandOutcome, Commands, Plan } from './run-command';
import { notFound, runCommand } from './run-command';

export interface MoveOptions extends Commands {
  log: Pick<ConversationLog, 'messagesOf' | 'messageById'>;
  mailClaim(tenantId: string, mailId: string): Claim;
}

const chunk = 100;
const everything = Number.MAX_SAFE_INTEGER;

const system = (request: ActingRequest): ActingRequest => ({ ...request, requestId: '', fingerprint: '' });

const withEvidence = (message: Message, move: Move): Message => {
  if (move.reason !== 'rethreaded' && !message.threading) return message;
  const evidence: Evidence = {
    score: 100,
    signals: [{ name: 'human', weight: 100, detail: move.actor.id }],
    outcome: 'MOVED_BY_PERSON',
    conversationId: move.to,
  };
  return { ...message, threading: evidence };
};

const movingMessages = async (key: Key, move: Move, options: MoveOptions): Promise<Message[]> => {
  const wanted = new Set(move.messageIds);
  const all = await options.log.messagesOf(key, { from: 0, limit: everything, newestFirst: false });
  // A message that came back once stands in the log twice: the last one counts.
  const latest = new Map(all.filter((message) => wanted.has(message.id)).map((message) => [message.id, message]));
  return [...latest.values()].map((message) => withEvidence(message, move));
};

/** Brings messages that left one conversation into the other. Safe to repeat: every chunk has its own claim. */
export const completeMove = async (
  from: Conversation,
  move: Move,
  request: ActingRequest,
  options: MoveOptions,
): Promise<Conversation> => {
  const source: Key = `${from.tenantId}/${from.id}`;
  const target: Key = `${from.tenantId}/${move.to}`;
  const messages = await movingMessages(source, move, options);
  let state: Conversation | undefined;
  for (let start = 0; start < messages.length; start += chunk) {
    const part = messages.slice(start, start + chunk);
    const claim = options.claimOf('moved', source, target, String(move.number), ...part.map((message) => message.id));
    const { actor, reason, claims } = move;
    const command = {
      type: 'move_in' as const,
      at: options.now(),
      actor,
      from: from.id,
      messages: part,
      claims,
      reason,
    };
    const outcome = await runCommand(
      target,
      system(request),
      () => ({ commands: [command], claims: [claim] }),
      options,
    );
    state = outcome.state;
  }
  const confirm = { type: 'confirm_move' as const, at: options.now(), actor: move.actor, to: move.to };
  await runCommand(source, system(request), () => ({ commands: [confirm] }), options);
  if (state) return state;
  const held = await options.journal.hold([target], { fresh: true });
  return held.get(target)?.held.state as Conversation;
};

const finish = async (
  outcome: CommandOutcome,
  to: string,
  request: ActingRequest,
  options: MoveOptions,
): Promise<Conversation> => {
  const move = outcome.state.moves.find((one) => one.to === to);
  if (move) return completeMove(outcome.state, move, request, options);
  const key = `${request.tenantId}/${to}`;
  return (await options.journal.hold([key], { fresh: true })).get(key)?.held.state as Conversation;
};

const needed = async (tenantId: string, id: string, options: MoveOptions): Promise<Conversation> => {
  const key = `${tenantId}/${id}`;
  const state = (await options.journal.hold([key], { fresh: true })).get(key)?.held.state;
  if (!state || !exists(state)) throw notFound(id);
  return state;
};

const stillHere = (state: Conversation, messages: Message[]): string[] =>
  messages.filter((message) => isHere(state, message)).map((message) => message.id);

/** Merges one conversation into another: first the end of the one is written, then the other receives its messages. */
export const mergeConversations = async (
  id: string,
  into: string,
  reason: string,
  request: ActingRequest,
  options: MoveOptions,
): Promise<Conversation> => {
  const source = await needed(request.tenantId, id, options);
  const target = await needed(request.tenantId, into, options);
  if (target.mergedIntoId && source.mergedIntoId !== into) {
    throw new Refusal('precondition', 'CONVERSATION_MERGED', `the conversation lives on in ${target.mergedIntoId}`, {
      metadata: { merged_into_id: target.mergedIntoId },
    });
  }
  const key = `${request.tenantId}/${id}`;
  const messages = await options.log.messagesOf(key, { from: 0, limit: everything, newestFirst: false });
  const plan = (state: Conversation): Plan => ({
    commands: [
      { type: 'merge', at: options.now(), actor: request.actor, into, messageIds: stillHere(state, messages), reason },
    ],
  });
  return finish(await runCommand(key, request, plan, options), into, request, options);
};

/** Moves messages to an existing conversation. */
export const moveMessages = async (
  from: string,
  to: string,
  messages: Message[],
  reason: string,
  request: ActingRequest,
  options: MoveOptions,
): Promise<Conversation> => {
  const messageIds = messages.map((message) => message.id);
  const mails = messages.filter((message) => message.mailId !== '');
  const claims = mails.map((message) => options.mailClaim(request.tenantId, message.mailId));
  const plan = (): Plan => ({
    commands: [{ type: 'move_out', at: options.now(), actor: request.actor, to, messageIds, claims, reason }],
  });
  return finish(await runCommand(`${request.tenantId}/${from}`, request, plan, options), to, request, options);
};

/** Opens the conversation that split or re-threaded messages go to; repeating the request finds the same one. */
export const openBeside = async (
  source: Conversation,
  id: string,
  details: { subject: string; contactPoint: string; customerName: string; reason: string },
  request: ActingRequest,
  options: MoveOptions,
): Promise<void> => {
  const open = {
    type: 'open' as const,
    at: options.now(),
    actor: request.actor,
    channel: source.channel,
    contactPoint: details.contactPoint,
    customerName: details.customerName,
    subject: details.subject,
    baseSubject: '',
    language: source.language,
    destination: source.destination,
    threadKey: source.channel === 'email' ? '' : source.threadKey,
    priority: source.priority,
    previousId: source.id,
    suggestedId: '',
    issueId: source.issueId,
    topic: source.topic,
    tags: source.tags,
    attributes: source.attributes,
    reason: details.reason,
    acknowledge: false,
  };
  await runCommand(`${request.tenantId}/${id}`, system(request), () => ({ commands: [open] }), options);
};

/** Finds where a message is now: it may have been moved since it came. */
export const locate = async (
  tenantId: string,
  messageId: string,
  options: MoveOptions,
): Promise<{ state: Conversation; message: Message }> => {
  const found = await options.log.messageById(tenantId, messageId);
  if (!found) throw new Refusal('not_found', 'MESSAGE_NOT_FOUND', `there is no message ${messageId}`);
  let state = (await options.journal.hold([found.key], { fresh: true })).get(found.key)?.held.state as Conversation;
  for (let hop = 0; hop < 16 && state.moved[messageId] !== undefined; hop += 1) {
    state = await needed(tenantId, state.moved[messageId] as string, options);
  }
  return { state, message: found.message };
};

/** Checks that every message named is in the conversation. */
export const assertHere = async (
  state: Conversation,
  messageIds: string[],
  options: MoveOptions,
): Promise<Message[]> => {
  const key = `${state.tenantId}/${state.id}`;
  const all = await options.log.messagesOf(key, { from: 0, limit: everything, newestFirst: false });
  const here = new Map(all.filter((message) => isHere(state, message)).map((one) => [one.id, one]));
  const missing = messageIds.filter((id) => !here.has(id));
  if (missing.length > 0) {
    throw new Refusal('not_found', 'MESSAGE_NOT_FOUND', `not in this conversation: ${missing.slice(0, 5).join(', ')}`, {
      violations: missing
        .slice(0, 5)
        .map((id) => ({ field: 'message_ids', rule: 'exists', description: `${id} is not in the conversation` })),
    });
  }
  return messageIds.map((id) => here.get(id) as Message);
};
