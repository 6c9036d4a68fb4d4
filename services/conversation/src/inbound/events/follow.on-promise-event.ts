import type { Handle, IncomingEvent } from '@throughline/bus';
import { parseEventId, readEach } from '@throughline/bus';
import { slaV1 } from '@throughline/proto';
import type { FollowedPromise } from '../../domain/conversation';
import type { FollowedFact, FollowFacts } from '../../use-cases/follow-facts';

const prefix = 'throughline.sla.v1.';
// All begin with the promise as it is after the event; only these change what is still to be kept.
const telling = new Set(['PromiseMade', 'PromiseRenegotiated', 'PromiseKept', 'PromiseBroken', 'PromiseWithdrawn']);

const promiseOf = ({ id, type, data }: IncomingEvent): FollowedPromise | undefined => {
  const name = type.startsWith(prefix) ? type.slice(prefix.length) : '';
  if (!telling.has(name)) return undefined;
  const { promise } = slaV1.PromiseMade.decode(data);
  if (!promise?.dueAt) throw new Error(`${name} without its promise`);
  return {
    id: promise.id,
    sequence: parseEventId(id)?.seq ?? 0,
    open: promise.state === slaV1.PromiseState.OPEN,
    what: promise.what,
    dueAt: promise.dueAt.getTime(),
    timeZone: promise.timeZone,
  };
};

/** A conversation shows which promise to the customer is due next. */
export const followOnPromiseEvent =
  (follow: FollowFacts): Handle =>
  async (deliveries) => {
    const { said, dead } = readEach(deliveries, ({ event }): FollowedFact | undefined => {
      const promise = event.conversationId ? promiseOf(event) : undefined;
      if (!promise) return undefined;
      const actor = { kind: 'SYSTEM' as const, id: 'sla', name: '' };
      const command = { type: 'follow_promise' as const, at: event.time.getTime(), actor, promise };
      return { key: `${event.tenantId}/${event.conversationId}`, command };
    });
    await follow(said);
    return { dead };
  };
