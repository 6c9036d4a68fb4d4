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
    const byId = new Map<string, Report[]>();
    for (const { id, report } of told) byId.set(id, [...(byId.get(id) ?? []), report]);
    const known = await deps.deliveries.load(tenantId, [...byId.keys()]);
    for (const delivery of known) {
      for (const report of byId.get(delivery.id)!) {
        const reason = suppressionOf(report);
        if (!reason) continue;
        const { point, customerId, id } = delivery;
        const note = [report.code, report.detail].filter(Boolean).join(' ').slice(0, 500);
        await deps.suppressions.add(tenantId, { point, customerId, reason, note, source: id });
      }
    }
    await deps.deliveries.change(
      tenantId,
      known.map(({ id }) => id),
      (delivery) => byId.get(delivery.id)!.reduce(applyReport, delivery),
    );
    for (const { report } of told) deps.reported(report.state);
  };
