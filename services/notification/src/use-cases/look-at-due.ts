import { stepTo } from '../domain/delivery/delivery';
import type { DeliveryStore, DueDelivery } from './ports';

export interface LookDeps {
  deliveries: DeliveryStore;
  decide(tenantId: string, ids: string[]): Promise<void>;
  shards(): number[];
  now(): number;
  looked(deliveries: number): void;
}

const BATCH = 500;

const byTenant = (due: DueDelivery[]): Map<string, string[]> => {
  const groups = new Map<string, string[]>();
  for (const { tenantId, id } of due) groups.set(tenantId, [...(groups.get(tenantId) ?? []), id]);
  return groups;
};

/** Looks at what is due: decides again what waited, and gives up on what no channel ever reported. True when there may be more. */
export const lookAtDue = (deps: LookDeps) => async (): Promise<boolean> => {
  const now = deps.now();
  const due = await deps.deliveries.due(deps.shards(), now, BATCH, ['requested', 'held', 'queued']);
  const open = due.filter(({ state }) => state === 'requested' || state === 'held');
  for (const [tenantId, ids] of byTenant(open)) await deps.decide(tenantId, ids);
  const silent = due.filter(({ state, channel }) => state === 'queued' && (channel === 'email' || channel === 'chat'));
  for (const [tenantId, ids] of byTenant(silent)) {
    await deps.deliveries.change(tenantId, ids, (delivery) =>
      delivery.state === 'queued'
        ? stepTo(delivery, 'failed', now, {
            reason: 'CHANNEL_SILENT',
            detail: 'the channel never said what became of it',
          })
        : undefined,
    );
  }
  deps.looked(due.length);
  return due.length === BATCH && open.length + silent.length > 0;
};
