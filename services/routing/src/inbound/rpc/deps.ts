import type { Clock } from '@throughline/core';
import { hash16, newId, uuidFromHash } from '@throughline/core';
import type { routingV1 } from '@throughline/proto';
import type { Call, Handlers } from '@throughline/rpc';
import type { Command } from '../../use-cases/commands';
import type { Forecasts } from '../../use-cases/forecasts';
import type { Hub } from '../../use-cases/hub';
import type { IndicationReads } from '../../use-cases/indications';
import type { Look } from '../../use-cases/look';
import type { Reads } from '../../use-cases/ports';

/** What the calls need. */
export interface Deps {
  execute(command: Command): Promise<unknown>;
  look: Look;
  forecasts: Forecasts;
  indications: IndicationReads;
  reads: Reads;
  hub: Hub;
  /** Follows another process' changes of a tenant, so that the hub tells them as well. */
  follow(tenantId: string): Promise<void>;
  clock: Clock;
}

type AllHandlers = Handlers<typeof routingV1.RoutingServiceService>;
/** One call of the service, to be bound to what it needs. */
export type Rpc<M extends keyof AllHandlers> = (deps: Deps) => AllHandlers[M];

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** Who asks, and a fingerprint that tells a repeated request from another one under the same id. */
export const asking = (method: string, request: object, call: Call) => {
  const { requestId = '', ...body } = request as { requestId?: string };
  return {
    tenantId: call.caller.tenantId,
    requestId: requestId || call.requestId || '',
    fingerprint: hash16(method, JSON.stringify(body, plain)).toString('hex'),
  };
};

/** An id for something that was given none: the same request id makes the same thing. */
export const idFor = (what: string, by: { tenantId: string; requestId: string }): string =>
  by.requestId ? uuidFromHash(what, by.tenantId, by.requestId) : newId();
