import { isRefusal } from '@throughline/core';
import { commonV1, slaV1 } from '@throughline/proto';
import type { ClientOf } from '@throughline/rpc';
import { createCallerSigner, createClient } from '@throughline/rpc';
import type { Promises } from '../use-cases/ports';
import { wirePoint } from '../wire/points';

type Client = ClientOf<typeof slaV1.SlaServiceService>;

/** What was done before must not fail now: a repetition is the same wish. */
const unless = async (reasons: string[], work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!isRefusal(error) || !reasons.includes(error.reason)) throw error;
  }
};

/** Promises kept by the SLA service. Without its address there is nobody to keep them, and none are made. */
export const createPromises = (
  options: { address: string; privateKey: string } | undefined,
): Promises & { stop(): void } => {
  const sign = options && createCallerSigner(options.privateKey);
  const clients = new Map<string, Client>();
  const clientOf = (tenantId: string): Client | undefined => {
    if (!options || !sign) return undefined;
    let client = clients.get(tenantId);
    if (!client) {
      const caller = { tenantId, subject: 'notification', kind: 'service' as const, scopes: ['sla:read', 'sla:write'] };
      client = createClient(slaV1.SlaServiceService, options.address, { caller: () => sign(caller) }) as Client;
      clients.set(tenantId, client);
    }
    return client;
  };
  const make = (
    tenantId: string,
    promise: Partial<slaV1.MakePromiseRequest> & { promiseId: string },
  ): Promise<void> => {
    const request = slaV1.MakePromiseRequest.fromPartial({
      promiserKind: slaV1.PromiserKind.TEAM,
      promiserId: 'notification',
      requestId: `notification/${promise.promiseId}`,
      ...promise,
    } as never);
    // A promise whose time passed before SLA could be reached is not made any more: it would be broken from the start.
    return unless(['PROMISE_EXISTS', 'DUE_IN_THE_PAST'], async () => clientOf(tenantId)?.makePromise(request));
  };
  return {
    make: (tenantId, { promiseId, dueAt, ownerId }, { id, title }) =>
      make(tenantId, {
        promiseId,
        ownerId,
        dueAt: new Date(dueAt),
        contactPoint: { type: commonV1.ContactPointType.EXTERNAL, value: `incident:${id}` },
        what: `the next update on "${title}"`,
      }),
    makeTo: (tenantId, { promiseId, point, what, dueAt, zone, conversationId, ownerId, teamId }) =>
      make(tenantId, {
        promiseId,
        contactPoint: wirePoint(point),
        what,
        dueAt: new Date(dueAt),
        timeZone: zone,
        conversationId,
        ownerId,
        teamId,
      }),
    async keep(tenantId, promiseId) {
      const request = slaV1.KeepPromiseRequest.fromPartial({
        promiseId,
        requestId: `notification/${promiseId}/keep`,
      } as never);
      await unless(['PROMISE_SETTLED', 'PROMISE_NOT_FOUND'], async () => clientOf(tenantId)?.keepPromise(request));
    },
    stop() {
      for (const client of clients.values()) client.close();
    },
  };
};
