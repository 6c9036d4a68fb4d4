import type { Pin } from '../domain/clock/clock';
import type { RuleBook, RuleBooks } from './ports';

const TRIES = 20;

const missingOf = (error: unknown): Pin[] | undefined => (error as { missing?: Pin[] }).missing;

/** Does something with the rules of tenants; calendar versions it misses are read, and it is done again. */
export const withRules = async <T>(
  books: RuleBooks,
  tenants: string[],
  work: (rules: (tenantId: string) => RuleBook) => Promise<T>,
): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    const known = new Map<string, RuleBook>();
    for (const tenantId of new Set(tenants)) known.set(tenantId, await books.of(tenantId));
    try {
      return await work((tenantId) => known.get(tenantId)!);
    } catch (error) {
      const missing = missingOf(error);
      if (!missing || attempt >= TRIES) throw error;
      // Which tenant missed it is not said; an id that a tenant does not have is simply not found.
      for (const tenantId of known.keys()) await books.learn(tenantId, missing);
    }
  }
};
