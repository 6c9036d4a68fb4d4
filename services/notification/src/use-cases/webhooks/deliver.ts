import type { Breaker } from '../../domain/webhooks/breaker';
import { afterOutage, allowed, closed } from '../../domain/webhooks/breaker';
import type { Endpoint, EndpointCommand, Patience } from '../../domain/webhooks/endpoint';
import type { Attempt, Schedule } from '../../domain/webhooks/schedule';
import { failureText, isDelivered, isGone, isOutage, nextAttempt } from '../../domain/webhooks/schedule';
import type { DeliveryQueue, EndpointKey, EndpointStore, Sender } from './ports';

export interface DeliverDeps {
  endpoints: EndpointStore;
  queue: DeliveryQueue;
  sender: Sender;
  now(): number;
  /** From 0 to 1. */
  chance(): number;
  schedule: Schedule;
  patience: Patience;
  /** Lanes of one endpoint at the same time. */
  lanesAtOnce: number;
  /** Waits for a free place among all sends of this process; call what it gives when done. */
  place(): Promise<() => void>;
  /** False as soon as the endpoint is another process's, or this one stops. */
  mine(endpoint: EndpointKey): boolean;
  delivered(attempt: Attempt): void;
  failed(attempt: Attempt): void;
  /** Where a test ends the process on purpose. */
  crashPoint(name: string): void;
}

const BATCH = 20;
// Lanes read at once; those that find no place wait here for the next one.
const AHEAD = 16;
// How long another process' additions to an endpoint we are busy with may wait.
const GLANCE_MS = 250;
const FRESH_MS = 1_000;

const split = (key: EndpointKey): [tenantId: string, id: string] => {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
};

/**
 * Delivers what is due for one endpoint at a time: lanes side by side, each in order, none while the destination is known to
 * be down. Nothing of one endpoint waits for another, beside the places for sends, of which one endpoint holds a few.
 */
export const createDelivering = (deps: DeliverDeps) => {
  const { endpoints, queue, sender, now, mine } = deps;
  const breakers = new Map<string, Breaker>();
  const kept = new Map<EndpointKey, { endpoint: Endpoint | undefined; readAt: number }>();
  const nudges = new Map<EndpointKey, () => void>();
  /** Lanes of endpoints in work whose first must wait, and until when. */
  const waitings = new Map<EndpointKey, Map<string, number>>();

  const endpointNow = async (key: EndpointKey): Promise<Endpoint | undefined> => {
    const known = kept.get(key);
    if (known && now() - known.readAt < FRESH_MS) return known.endpoint;
    const endpoint = await endpoints.load(...split(key));
    kept.set(key, { endpoint, readAt: now() });
    return endpoint;
  };
  const tell = async (key: EndpointKey, command: EndpointCommand) => {
    const [tenantId, id] = split(key);
    kept.set(key, { endpoint: await endpoints.change(tenantId, id, command), readAt: now() });
  };
  const destinationOf = (key: EndpointKey, endpoint: Endpoint): string =>
    `${split(key)[0]} ${URL.canParse(endpoint.url) ? new URL(endpoint.url).origin : endpoint.url}`;

  /**
   * After an outage nobody waits out a back-off that was about it: neither this endpoint, nor the tenant's others at the same
   * place, whoever delivers to them.
   */
  const recovered = async (key: EndpointKey, destination: string) => {
    const all = await endpoints.ofTenants([split(key)[0]]);
    for (const { tenantId, endpoint } of all) {
      const other = `${tenantId}/${endpoint.id}`;
      if (endpoint.state !== 'enabled' || destinationOf(other, endpoint) !== destination) continue;
      await queue.hasten(other, now());
      waitings.get(other)?.clear();
      if (other === key) continue;
      await queue.wake(other, now());
      nudges.get(other)?.();
    }
  };

  /** What an attempt says about the endpoint as a whole. */
  const learn = async (key: EndpointKey, endpoint: Endpoint, attempt: Attempt) => {
    const destination = destinationOf(key, endpoint);
    const before = breakers.get(destination) ?? closed;
    if (isOutage(attempt)) breakers.set(destination, afterOutage(before, now(), deps.schedule.firstMs));
    else breakers.delete(destination);
    if (isDelivered(attempt)) {
      if (before.trips > 0) await recovered(key, destination);
      if (endpoint.failingSince !== undefined) await tell(key, { type: 'succeeded', at: attempt.at });
      return;
    }
    if (isGone(attempt)) return tell(key, { type: 'gone', at: attempt.at });
    const { failingSince, noticed } = endpoint;
    const failedFor = failingSince === undefined ? 0 : attempt.at - failingSince;
    const { noticeMs, disableMs } = deps.patience;
    if (failingSince === undefined || (failedFor >= noticeMs && !noticed) || failedFor >= disableMs) {
      await tell(key, { type: 'failed', at: attempt.at, failure: failureText(attempt), patience: deps.patience });
    }
  };

  /** Sends the first of a lane, one after the other; gives the moment to go on when it must wait. */
  const runLane = async (key: EndpointKey, lane: string): Promise<number | undefined> => {
    const settling: Promise<void>[] = [];
    let fault: unknown;
    const writes = (settled: Promise<void>): void => {
      // Caught as it happens: nobody waits for it before the lane is through.
      const caught = settled.catch((error: unknown) => {
        fault ??= error;
      });
      settling.push(caught);
    };
    // Before anybody looks at the lane again.
    const next = await sendLane(key, lane, writes).finally(() => Promise.all(settling));
    if (fault !== undefined) throw fault;
    return next;
  };

  const sendLane = async (
    key: EndpointKey,
    lane: string,
    writes: (settled: Promise<void>) => void,
  ): Promise<number | undefined> => {
    for (const delivery of await queue.head(key, lane, BATCH)) {
      if (!mine(key)) return undefined;
      const endpoint = await endpointNow(key);
      if (endpoint?.state !== 'enabled') return undefined;
      if (delivery.nextAt > now()) return delivery.nextAt;
      const free = await deps.place();
      let attempt: Attempt;
      try {
        if (!mine(key)) return undefined;
        attempt = await sender.send(endpoint, delivery.id, delivery.body, now());
      } finally {
        free();
      }
      const { attemptCount, since } = delivery;
      if (isDelivered(attempt)) {
        deps.delivered(attempt);
        deps.crashPoint('webhook-after-send');
        // The next may go out before this is written down: should we die, both come again, in the same order.
        writes(queue.settle(delivery, attempt, { state: 'delivered' }));
        await learn(key, endpoint, attempt);
        continue;
      }
      deps.failed(attempt);
      const next = nextAttempt(deps.schedule, attemptCount + 1, since, attempt, deps.chance());
      const moved = next === undefined ? ({ state: 'failed' } as const) : ({ state: 'pending', nextAt: next } as const);
      await queue.settle(delivery, attempt, moved);
      await learn(key, endpoint, attempt);
      if (next !== undefined) return next;
    }
    return undefined;
  };

  const pauseOf = (key: EndpointKey, busy: Iterable<Promise<unknown>>): Promise<unknown> => {
    let alarm: NodeJS.Timeout | undefined;
    const nudged = new Promise<void>((resolve) => {
      nudges.set(key, resolve);
      alarm = setTimeout(resolve, GLANCE_MS);
    });
    return Promise.race([...busy, nudged]).finally(() => clearTimeout(alarm));
  };

  /** Works on an endpoint until nothing is due; gives the moment to look again, or says that it was left half way. */
  const work = async (key: EndpointKey): Promise<{ left: boolean; again?: number | undefined }> => {
    const busy = new Map<string, Promise<void>>();
    const waiting = new Map<string, number>();
    waitings.set(key, waiting);
    // Somebody may have been woken because it changed: what we knew before may put to rest what was enabled since.
    kept.delete(key);
    let ahead: string[] = [];
    let fault: unknown;
    let again: number | undefined;
    const start = (lane: string) => {
      const run = runLane(key, lane)
        .then(
          (next) => void (next === undefined ? waiting.delete(lane) : waiting.set(lane, next)),
          (error) => {
            fault ??= error;
          },
        )
        .finally(() => busy.delete(lane));
      busy.set(lane, run);
    };
    while (mine(key) && fault === undefined) {
      const endpoint = await endpointNow(key);
      if (endpoint?.state !== 'enabled') break;
      for (const [lane, at] of waiting) if (at <= now()) waiting.delete(lane);
      const breaker = breakers.get(destinationOf(key, endpoint)) ?? closed;
      const free = allowed(breaker, now(), deps.lanesAtOnce) - busy.size;
      if (free > 0 && ahead.length === 0) ahead = await queue.lanes(key, [...busy.keys(), ...waiting.keys()], AHEAD);
      for (const lane of ahead.splice(0, Math.max(free, 0))) start(lane);
      if (busy.size === 0) {
        if (free <= 0) again = breaker.openUntil;
        else if (waiting.size > 0) again = Math.min(...waiting.values());
        break;
      }
      await pauseOf(key, busy.values());
    }
    nudges.delete(key);
    await Promise.all(busy.values());
    waitings.delete(key);
    if (fault !== undefined) throw fault;
    return { left: !mine(key), again };
  };

  return {
    work,
    /** An endpoint that is being worked on has something new. */
    nudge: (key: EndpointKey): void => nudges.get(key)?.(),
    /** What is known of an endpoint is out of date. */
    forget: (key: EndpointKey): void => void kept.delete(key),
  };
};

export type Delivering = ReturnType<typeof createDelivering>;
