/** Writes items in groups: what comes while a group is being written makes up the next one. Resolves when the item is written. */
export const createGroupCommit = <T>(write: (items: T[]) => Promise<unknown>) => {
  let waiting: T[] = [];
  let next: Promise<void> | undefined;
  let running: Promise<unknown> = Promise.resolve();

  const begin = (): Promise<void> => {
    const items = waiting;
    waiting = [];
    next = undefined;
    const written = write(items).then(() => undefined);
    running = written.catch(() => undefined);
    return written;
  };
  return (item: T): Promise<void> => {
    waiting.push(item);
    next ??= running.then(begin);
    return next;
  };
};
