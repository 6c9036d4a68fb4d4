import { causeReport } from '../../../use-cases/cause-report';
import { wireCauseRow } from '../../../wire/recovery';
import { causeDimensionOf } from '../../../wire/words';
import type { RecoveryRpc } from './deps';

const DAY = 86_400_000;
const USUAL_DAYS = 90;
const LATEST = Date.UTC(2199, 11, 31);

/** What the outer loop works on. */
export const getCauseReport: RecoveryRpc<'getCauseReport'> = (deps) => async (request, call) => {
  const to = Math.min(request.to?.getTime() ?? deps.now() + DAY, LATEST);
  const from = Math.max(request.from?.getTime() ?? to - USUAL_DAYS * DAY, 0);
  const groupBy = causeDimensionOf(request.groupBy);
  const { total, rows } = await causeReport(deps.cells, { tenantId: call.caller.tenantId, groupBy, from, to });
  return { total: wireCauseRow(total), rows: rows.map(wireCauseRow) };
};
