import { groupBy } from '@throughline/core';
import type { Report } from '../domain/delivery/reports';
import { applyReport, suppressionOf } from '../domain/delivery/reports';
import type { DeliveryStore, SuppressionStore } from './ports';

export interface ReportDeps {
  deliveries: DeliveryStore;
  suppressions: SuppressionStore;
  reported(state: Report['state']): void;
}

/** What became of one delivery, as a channel tells it. */
export interface ReportOn {
  id: string;
  report: Report;
}

/**
 * Applies what channels say became of messages. Any number of times and in any order the outcome is the same. The address
 * is suppressed first: a report that is told again after a crash must find nothing left undone.
 */
export const applyReports =
  (deps: ReportDeps) =>
  async (tenantId: string, told: ReportOn[]): Promise<void> => {
    await suppress(deps, tenantId, told);
    const byId = groupBy(told, ({ id }) => id);
    await deps.deliveries.change(tenantId, [...byId.keys()], (delivery) =>
      byId.get(delivery.id)!.reduce((known, { report }) => applyReport(known, report), delivery),
    );
    for (const { report } of told) deps.reported(report.state);
  };

const suppress = async (deps: ReportDeps, tenantId: string, told: ReportOn[]): Promise<void> => {
  const grave = told.flatMap(({ id, report }) => {
    const reason = suppressionOf(report);
    return reason ? [{ id, report, reason }] : [];
  });
  // Nearly always there are none.
  if (grave.length === 0) return;
  const loaded = await deps.deliveries.load(tenantId, [...new Set(grave.map(({ id }) => id))]);
  const known = new Map(loaded.map((delivery) => [delivery.id, delivery]));
  for (const { id, report, reason } of grave) {
    const delivery = known.get(id);
    if (!delivery) continue;
    const { point, customerId } = delivery;
    const note = [report.code, report.detail].filter(Boolean).join(' ').slice(0, 500);
    await deps.suppressions.add(tenantId, { point, customerId, reason, note, source: id });
  }
};
