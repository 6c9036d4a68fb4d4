import type { DocketKey } from '../use-cases/ports';

/** Keys by their tenant. */
export const byTenant = (keys: DocketKey[]): Map<string, DocketKey[]> => {
  const groups = new Map<string, DocketKey[]>();
  for (const key of keys) {
    const group = groups.get(key.tenantId);
    if (group) group.push(key);
    else groups.set(key.tenantId, [key]);
  }
  return groups;
};
