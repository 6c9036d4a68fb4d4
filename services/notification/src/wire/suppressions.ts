import { notificationV1 as v1 } from '@throughline/proto';
import type { Suppression } from '../use-cases/ports';

const reasons: Record<Suppression['reason'], v1.SuppressionReason> = {
  hard_bounce: v1.SuppressionReason.HARD_BOUNCE,
  complaint: v1.SuppressionReason.COMPLAINT,
  opt_out: v1.SuppressionReason.OPT_OUT,
  legal: v1.SuppressionReason.LEGAL,
  deceased: v1.SuppressionReason.DECEASED,
};
const names = new Map(Object.entries(reasons).map(([name, value]) => [value, name as Suppression['reason']]));

export const wireReason = (reason: Suppression['reason']): v1.SuppressionReason => reasons[reason];
export const reasonOf = (value: v1.SuppressionReason): Suppression['reason'] | undefined => names.get(value);

export const wireSuppression = ({ id, reason, note, source, createdAt }: Suppression): v1.Suppression => ({
  id,
  reason: reasons[reason],
  note,
  source,
  createdAt: new Date(createdAt),
});
