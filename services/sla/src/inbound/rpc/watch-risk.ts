import type { slaV1 } from '@throughline/proto';
import { isEnded } from '../../domain/clock/clock';
import { usedAt } from '../../domain/clock/decide';
import { summaryOf } from '../../domain/clock/explain';
import { wirePromise } from '../../wire/promise';
import type { Deps, Rpc } from './deps';
import { ruled, shown } from './deps';

const HOUR = 3_600;
const LIMIT = 20;
const EVERY_MS = 1_000;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });

const itemsNow = async (deps: Deps, tenantId: string, until: number, limit: number): Promise<slaV1.RiskItem[]> => {
  const now = deps.now();
  const [dockets, { promises }] = await Promise.all([
    deps.dockets.dueWithin(tenantId, until, limit),
    deps.promises.list(
      { tenantId, conversationId: '', ownerId: '', teamId: '', states: ['open'], dueBefore: until },
      undefined,
      limit,
    ),
  ]);
  const open = dockets.flatMap((docket) =>
    docket.clocks
      .filter((clock) => !isEnded(clock) && clock.runningSince !== undefined && clock.dueAt! < until)
      .map((clock) => ({ docket, clock })),
  );
  const clocks = await ruled(deps, tenantId, (rules) =>
    open.map(
      (found): slaV1.RiskItem => ({
        dueAt: new Date(found.clock.dueAt!),
        pastDue: found.clock.dueAt! < now,
        summary: summaryOf(
          found.clock,
          usedAt(found.clock, Math.max(now, found.clock.runningSince!), rules),
          rules.zoneOf(found.clock),
        ),
        what: { $case: 'clock', value: shown(deps, found, rules, false) },
      }),
    ),
  );
  const commitments = promises.map(
    (promise): slaV1.RiskItem => ({
      dueAt: new Date(promise.dueAt),
      pastDue: promise.dueAt < now,
      summary: promise.what,
      what: { $case: 'promise', value: wirePromise(promise) },
    }),
  );
  return [...clocks, ...commitments].sort((a, b) => a.dueAt!.getTime() - b.dueAt!.getTime()).slice(0, limit);
};

const keyOf = (items: slaV1.RiskItem[]): string =>
  items.map(({ what, dueAt, pastDue }) => `${what?.value.id} ${dueAt?.getTime()} ${pastDue}`).join('|');

/** Told at once, and again whenever another thing is next or something has passed its time. */
export const watchRisk: Rpc<'watchRisk'> = (deps) =>
  async function* (request, call) {
    const horizonMs = (request.horizonSeconds || HOUR) * 1000;
    let told: string | undefined;
    while (!call.signal.aborted) {
      const items = await itemsNow(deps, call.caller.tenantId, deps.now() + horizonMs, request.limit || LIMIT);
      const key = keyOf(items);
      if (key !== told) yield { asOf: new Date(deps.now()), items };
      told = key;
      await pause(EVERY_MS, call.signal);
    }
  };
