import type { Facts } from '../../facts';
import type { Journal } from '../../use-cases/journal';

const soonest = 100;
const latest = 3000;

/** Saves what changed. The busier the database, the longer it waits, and the more changes one snapshot covers. */
export const saveSnapshots = (journal: Journal, facts: Facts, now: () => number) => async (): Promise<number> => {
  const started = now();
  facts.saved(await journal.flush());
  return Math.min(latest, Math.max(soonest, (now() - started) * 4));
};
