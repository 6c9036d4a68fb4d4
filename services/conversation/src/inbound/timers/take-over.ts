import type { Facts } from '../../facts';
import type { Journal } from '../../use-cases/journal';

/** Publishes and saves what another process noted and did not finish. */
export const takeOver =
  (journal: Journal, facts: Facts, afterMs: number, now: () => number) => async (): Promise<number> => {
    const count = await journal.recover(now() - afterMs);
    if (count > 0) facts.recovered(count);
    return afterMs / 3;
  };
