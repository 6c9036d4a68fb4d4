import { Refusal, transientError } from '@throughline/core';
import type { Command } from '../domain/commands';
import type { Conversation } from '../domain/conversation';
import { exists } from '../domain/conversation';
import type { Journal } from './journal';
import type { ActingRequest, Claim, Held, Key, Loaded } from './ports';
import type { Working } from './working';
import { apply, changeOf, startWorking } from './working';

export interface Commands {
  journal: Journal;
  now(): number;
  claimOf(...parts: string[]): Claim;
  newId(): string;
  commanded(command: string): void;
}

export interface CommandOutcome {
  state: Conversation;
  /** Message or conversation that the request made, also when it is repeated. */
  subjectId: string;
  repeated: boolean;
}

/** What to do with the conversation as it is now: commands in order, and what they make. */
export interface Plan {
  commands: Command[];
  subjectId?: string;
  claims?: Claim[];
}

const maxAttempts = 10;

export const notFound = (id: string): Refusal =>
  new Refusal('not_found', 'CONVERSATION_NOT_FOUND', `there is no conversation ${id}`);

const reused = (): Refusal =>
  new Refusal('precondition', 'IDEMPOTENCY_KEY_REUSED', 'this request id was used with another request');

/** The answer given before to the same request; throws when the id came with another body. */
export const answeredBefore = (state: Conversation, request: ActingRequest): CommandOutcome | undefined => {
  if (!request.requestId) return undefined;
  const asked = state.asked.find((entry) => entry.id === request.requestId);
  if (!asked) return undefined;
  if (asked.fingerprint !== request.fingerprint) throw reused();
  return { state, subjectId: asked.subjectId, repeated: true };
};

/** The answer given before, with the conversation as it was then: what happened since does not show in a repetition. */
const asAnswered = async (key: Key, request: ActingRequest, options: Commands): Promise<CommandOutcome | undefined> => {
  if (!request.requestId) return undefined;
  const then = await options.journal.stateAt(key, options.claimOf('request', key, request.requestId));
  return then && answeredBefore(then, request);
};

const answer = (working: Working, request: ActingRequest, plan: Plan, at: number, options: Commands): void => {
  if (!request.requestId) return;
  const subjectId = plan.subjectId ?? '';
  working.events.push({
    type: 'request_answered',
    at,
    actor: request.actor,
    id: request.requestId,
    fingerprint: request.fingerprint,
    subjectId,
  });
  const asked = [...working.state.asked, { id: request.requestId, fingerprint: request.fingerprint, subjectId }];
  working.state = { ...working.state, asked: asked.slice(-32) };
  // Long after the request has left the list, the claim still keeps it from happening twice.
  working.claims.push(options.claimOf('request', working.before.key, request.requestId));
};

const lostToItself = async (before: Held, plan: Plan, request: ActingRequest, options: Commands): Promise<boolean> => {
  const claims = [...(plan.claims ?? [])];
  if (request.requestId) claims.push(options.claimOf('request', before.key, request.requestId));
  if (claims.length === 0) return false;
  const holders = await options.journal.holdersOf(claims);
  return [...holders.values()].includes(before.key);
};

/** Applies the plan's commands to one conversation; throws the first refusal. */
const work = (before: Held, request: ActingRequest, plan: Plan, at: number, options: Commands): Working => {
  const working = startWorking(before);
  for (const command of plan.commands) {
    const refusal = apply(working, command, at);
    if (refusal) throw refusal;
  }
  if (working.events.length > 0) {
    working.claims.push(...(plan.claims ?? []));
    answer(working, request, plan, at, options);
  }
  return working;
};

/** Load, decide, append, publish; again when another writer was first. */
export const runCommand = async (
  key: Key,
  request: ActingRequest,
  planFor: (state: Conversation) => Plan,
  options: Commands,
): Promise<CommandOutcome> => {
  for (let round = 0; round < maxAttempts; round += 1) {
    const held = await options.journal.hold([key], { fresh: true });
    const { held: before } = held.get(key) as Loaded;
    const earlier = answeredBefore(before.state, request);
    if (earlier) return (await asAnswered(key, request, options)) ?? earlier;
    const plan = planFor(before.state);
    // One moment for all of it: what is answered now is what is read from the log later, to the millisecond.
    const at = options.now();
    const working = work(before, request, plan, at, options);
    const change = changeOf(working, at);
    const outcome = { state: working.state, subjectId: plan.subjectId ?? '', repeated: false };
    if (!change) return outcome;
    const conflicts = await options.journal.commitNow([change], held);
    if (conflicts.size === 0) {
      options.commanded(plan.commands[0]?.type ?? 'none');
      return outcome;
    }
    const [current] = [...(await options.journal.hold([key], { fresh: true })).values()];
    const state = current?.held.state ?? before.state;
    if (current?.held.version === before.version || (await lostToItself(before, plan, request, options))) {
      const repeated = await asAnswered(key, request, options);
      return repeated ?? { state, subjectId: plan.subjectId ?? '', repeated: true };
    }
  }
  throw transientError('other writers were first too often');
};

/** Like `runCommand`, for a conversation that must exist. */
export const commandExisting = (
  request: ActingRequest,
  id: string,
  planFor: (state: Conversation) => Plan,
  options: Commands,
): Promise<CommandOutcome> =>
  runCommand(
    `${request.tenantId}/${id}`,
    request,
    (state) => {
      if (!exists(state)) throw notFound(id);
      return planFor(state);
    },
    options,
  );
