import { groupBy } from '@throughline/core';
import type { Telemetry } from '@throughline/telemetry';
import { backOff, isPassing } from '../kafka';
import type { DeadDelivery, Delivery, Handle, HandleContext, Handled } from '../types';

/** Thrown when this process lost the partition: whoever has it now reads the batch again. */
export class Stale extends Error {
  override name = 'Stale';
}

/** Thrown when a batch of several partitions failed: each is to be handled by itself, so that the others need not wait. */
export class NotTogether extends Error {
  override name = 'NotTogether';
}

/** Calls the handler; passing faults are tried again in place until the partition is lost. */
async function insist(
  handle: Handle,
  deliveries: Delivery[],
  context: HandleContext,
  log: Telemetry['log'],
): Promise<Handled> {
  const retry = backOff(100, 5_000);
  for (;;) {
    if (context.isStale()) throw new Stale('partition lost');
    try {
      return (await handle(deliveries, context)) ?? { dead: [] };
    } catch (error) {
      if (!isPassing(error)) throw error;
      log.warn({ err: error, topic: deliveries[0]?.topic }, 'handling failed for now; trying again');
      await retry.wait();
      await context.heartbeat();
    }
  }
}

function byKey(deliveries: Delivery[]): Delivery[][] {
  // Without a key there is no order to keep: each stands for itself.
  const keyless = deliveries.filter(({ key }) => key === '');
  const keyed = deliveries.filter(({ key }) => key !== '');
  return [...groupBy(keyed, ({ key }) => key).values(), ...keyless.map((delivery) => [delivery])];
}

const TRIES = 3;

async function isolate(
  handle: Handle,
  group: Delivery[],
  context: HandleContext,
  log: Telemetry['log'],
): Promise<DeadDelivery[]> {
  // One by one, so that only the bad event and what follows it wait, not what came before.
  for (let i = 0; i < group.length; i++) {
    for (let attempt = 1; ; attempt++) {
      try {
        const { dead, failed } = await insist(handle, [group[i]!], context, log);
        if (failed?.[0]) throw failed[0].error;
        if (dead.length > 0) return [...dead, ...parkedBehind(group.slice(i + 1))];
        break;
      } catch (error) {
        if (error instanceof Stale) throw error;
        if (attempt < TRIES) continue;
        const { name, message } = error as Error;
        log.error(
          { err: error, type: group[i]!.event.type },
          'an event cannot be handled; it goes to the dead letters',
        );
        const first = { delivery: group[i]!, reason: 'HANDLER_FAILED', detail: `${name}: ${message}` };
        return [first, ...parkedBehind(group.slice(i + 1))];
      }
    }
  }
  return [];
}

/** Deliveries that may fail: gives the dead, once each key that the handler names as failed has been tried alone. */
async function attempt(
  handle: Handle,
  deliveries: Delivery[],
  context: HandleContext,
  log: Telemetry['log'],
): Promise<DeadDelivery[]> {
  const { dead, failed = [] } = await insist(handle, deliveries, context, log);
  const all = [...dead];
  for (const group of byKey(failed.map(({ delivery }) => delivery))) {
    all.push(...(await isolate(handle, group, context, log)));
    await context.heartbeat();
  }
  return all;
}

const parkedBehind = (rest: Delivery[]): DeadDelivery[] =>
  rest.map((delivery) => ({ delivery, reason: 'PARKED', detail: 'an earlier message of this key is a dead letter' }));

/**
 * Halves a batch that fails until the bad keys stand alone: a few bad ones among many cost a few calls each, where one call
 * per event would hold up everybody behind them.
 */
async function divide(
  handle: Handle,
  groups: Delivery[][],
  context: HandleContext,
  log: Telemetry['log'],
): Promise<DeadDelivery[]> {
  if (groups.length === 1) return isolate(handle, groups[0]!, context, log);
  const middle = groups.length >> 1;
  const dead: DeadDelivery[] = [];
  for (const half of [groups.slice(0, middle), groups.slice(middle)]) {
    try {
      dead.push(...(await attempt(handle, half.flat(), context, log)));
    } catch (error) {
      if (error instanceof Stale) throw error;
      dead.push(...(await divide(handle, half, context, log)));
    }
    await context.heartbeat();
  }
  return dead;
}

/**
 * Applies one batch. Different keys never wait for a bad one: when the batch as a whole fails for no passing reason,
 * the failing keys are found and only they die. Of several partitions `together`, that is left to each by itself.
 */
export async function applyBatch(
  handle: Handle,
  deliveries: Delivery[],
  context: HandleContext,
  log: Telemetry['log'],
  together = false,
): Promise<DeadDelivery[]> {
  if (deliveries.length === 0) return [];
  try {
    return await attempt(handle, deliveries, context, log);
  } catch (error) {
    if (error instanceof Stale) throw error;
    log.warn({ err: error, size: deliveries.length }, 'a batch failed; looking for the keys that made it fail');
    if (together) throw new NotTogether('several partitions failed together', { cause: error });
    return divide(handle, byKey(deliveries), context, log);
  }
}
