import type { FollowEscalation, FollowPromise } from './commands';
import type { Conversation, FollowedPromise, Priority } from './conversation';
import { exists } from './conversation';
import type { ConversationEvent, Details } from './events';
import type { Decision } from './transitions';

const PROMISES_KEPT = 50;
const ranks: readonly Priority[] = ['LOW', 'NORMAL', 'HIGH', 'URGENT'];

const raised = (from: Priority, to: Priority | ''): Priority => {
  const rank = ranks.indexOf(from);
  const asked = to === '' ? rank + 1 : ranks.indexOf(to);
  return ranks[Math.min(Math.max(rank, asked), ranks.length - 1)] ?? from;
};

/** Raises the priority, once per event. It never lowers it, and leaves alone what is over. */
export const followEscalation = (state: Conversation, command: FollowEscalation): Decision => {
  const { at, actor, sequence } = command;
  if (!exists(state) || sequence <= state.clocksSeen) return [];
  const events: ConversationEvent[] = [{ type: 'escalation_followed', at, actor, sequence }];
  const priority = raised(state.priority, command.priority);
  if (state.state === 'SOLVED' || state.state === 'CLOSED' || priority === state.priority) return events;
  const { subject, language, topic, tags, attributes, assigneeId, queueId } = state;
  const details: Details = { subject, language, topic, priority, tags, attributes, assigneeId, queueId };
  return [...events, { type: 'details_changed', at, actor, changed: ['priority'], details }];
};

/** Takes note of a promise, in the order of its own events. */
export const followPromise = (state: Conversation, command: FollowPromise): Decision => {
  const { at, actor, promise } = command;
  const known = state.promises.find(({ id }) => id === promise.id);
  if (!exists(state) || (known && promise.sequence <= known.sequence)) return [];
  return [{ type: 'promise_followed', at, actor, promise }];
};

/** The list with a promise as it is now. When it is long, settled ones are forgotten, the oldest first. */
export const withPromise = (list: readonly FollowedPromise[], promise: FollowedPromise): FollowedPromise[] => {
  const kept = promise.open ? promise : { ...promise, what: '', dueAt: 0, timeZone: '' };
  const all = [...list.filter(({ id }) => id !== promise.id), kept];
  let surplus = all.length - PROMISES_KEPT;
  return all.filter(({ open }) => open || surplus-- <= 0);
};

/** The open promise that is due first. */
export const nextPromise = (state: Conversation): FollowedPromise | undefined =>
  state.promises.reduce<FollowedPromise | undefined>(
    (first, one) => (one.open && (!first || one.dueAt < first.dueAt) ? one : first),
    undefined,
  );
