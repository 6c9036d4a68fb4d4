import type { HandleContext, RawMessage } from '../types';
import { NotTogether } from './apply';

/** What one partition brings to a common batch. */
export interface Part {
  topic: string;
  messages: RawMessage[];
  context: HandleContext;
}

interface Waiting<P extends Part> {
  part: P;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export interface CombineOptions<P extends Part> {
  /**
   * Handles what several partitions of one topic brought, in one go, and commits their offsets. Throws `NotTogether` when it should get
   * them one by one.
   */
  run(parts: P[]): Promise<void>;
  /** Most messages of a common batch; a single part may be larger. */
  most: number;
  /** Common batches in work at the same time. */
  atOnce: number;
}

/**
 * A fetch brings a few messages of each partition. Handled partition by partition, each few would cost a write, a publish
 * and a commit; together they cost one. A partition submits its next part when the one before is done, so its order holds.
 */
export function createCombiner<P extends Part>({ run, most, atOnce }: CombineOptions<P>) {
  const queue: Waiting<P>[] = [];
  let active = 0;
  let scheduled = false;

  const take = (): Waiting<P>[] => {
    const first = queue.shift()!;
    const taken = [first];
    let size = first.part.messages.length;
    for (let i = 0; i < queue.length; ) {
      const { part } = queue[i]!;
      if (part.topic === first.part.topic && size + part.messages.length <= most) {
        size += part.messages.length;
        taken.push(...queue.splice(i, 1));
      } else i++;
    }
    return taken;
  };

  const together = async (taken: Waiting<P>[]): Promise<void> => {
    try {
      await run(taken.map(({ part }) => part));
      for (const { resolve } of taken) resolve();
    } catch (error) {
      if (error instanceof NotTogether && taken.length > 1) {
        // Side by side: a partition that has nothing bad is done at once, and brings its next part.
        await Promise.all(taken.map((one) => together([one])));
        return;
      }
      for (const { reject } of taken) reject(error);
    }
  };

  const work = async (taken: Waiting<P>[]) => {
    active++;
    try {
      await together(taken);
    } finally {
      active--;
      schedule();
    }
  };

  const start = () => {
    scheduled = false;
    while (active < atOnce && queue.length > 0) void work(take());
  };

  // One turn later, so that every partition of the same fetch is there.
  const schedule = () => {
    if (scheduled || queue.length === 0 || active >= atOnce) return;
    scheduled = true;
    setImmediate(start);
  };

  return (part: P): Promise<void> =>
    new Promise((resolve, reject) => {
      queue.push({ part, resolve, reject });
      schedule();
    });
}

/** One context for all parts: lost as soon as one of them is lost, alive only when all are. */
export const commonContext = (parts: Part[]): HandleContext => ({
  heartbeat: async () => {
    await parts[0]!.context.heartbeat();
  },
  isStale: () => parts.some(({ context }) => context.isStale()),
});
