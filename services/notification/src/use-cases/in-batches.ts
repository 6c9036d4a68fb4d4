interface Waiting {
  ids: string[];
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * Runs work on ids one batch at a time per tenant; what comes meanwhile makes up the next batch. Twenty who ask about one
 * customer at the same moment become one write instead of twenty that get in each other's way.
 */
export const inBatches = (work: (tenantId: string, ids: string[]) => Promise<unknown>, most = 500) => {
  const queues = new Map<string, Waiting[]>();
  const run = async (tenantId: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const batch: Waiting[] = [];
      for (let ids = 0; queue.length > 0 && (ids === 0 || ids + queue[0]!.ids.length <= most); ) {
        const next = queue.shift()!;
        ids += next.ids.length;
        batch.push(next);
      }
      try {
        await work(tenantId, [...new Set(batch.flatMap(({ ids }) => ids))]);
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    queues.delete(tenantId);
  };
  return (tenantId: string, ids: string[]): Promise<void> =>
    new Promise((done, failed) => {
      const queue = queues.get(tenantId);
      if (queue) queue.push({ ids, done, failed });
      else {
        const fresh = [{ ids, done, failed }];
        queues.set(tenantId, fresh);
        void run(tenantId, fresh);
      }
    });
};
