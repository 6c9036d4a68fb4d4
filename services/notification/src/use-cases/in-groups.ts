interface Waiting<T, R> {
  items: T[];
  done: (results: R[]) => void;
  failed: (error: unknown) => void;
}

/**
 * Runs work one group at a time per tenant; what comes meanwhile makes up the next group. Twenty who ask at the same moment
 * become one write instead of twenty that get in each other's way. `work` gives one result per item, in their order; a
 * group of more than `most` items is one that a single caller brought.
 */
export const inGroups = <T, R>(work: (tenantId: string, items: T[]) => Promise<R[]>, most = 500) => {
  const queues = new Map<string, Waiting<T, R>[]>();
  const take = (queue: Waiting<T, R>[]): Waiting<T, R>[] => {
    const group: Waiting<T, R>[] = [];
    for (let size = 0; queue.length > 0 && (size === 0 || size + queue[0]!.items.length <= most); ) {
      const next = queue.shift()!;
      size += next.items.length;
      group.push(next);
    }
    return group;
  };
  const run = async (tenantId: string, queue: Waiting<T, R>[]): Promise<void> => {
    while (queue.length > 0) {
      const group = take(queue);
      try {
        const results = await work(
          tenantId,
          group.flatMap(({ items }) => items),
        );
        let at = 0;
        for (const { items, done } of group) done(results.slice(at, (at += items.length)));
      } catch (error) {
        for (const { failed } of group) failed(error);
      }
    }
    queues.delete(tenantId);
  };
  return (tenantId: string, items: T[]): Promise<R[]> =>
    new Promise((done, failed) => {
      const queue = queues.get(tenantId);
      if (queue) queue.push({ items, done, failed });
      else {
        const fresh = [{ items, done, failed }];
        queues.set(tenantId, fresh);
        void run(tenantId, fresh);
      }
    });
};
