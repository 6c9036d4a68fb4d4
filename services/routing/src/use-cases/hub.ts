import type { Changed } from './ports';

/** Tells watchers in this process which documents changed. */
export const createHub = () => {
  const listeners = new Map<string, Set<() => void>>();
  const changed: Changed = (docs) => {
    for (const { collection, key } of docs) {
      const set = listeners.get(`${collection}/${key}`);
      if (set) for (const listen of set) listen();
    }
  };
  return {
    changed,
    /** Calls back after every change of a document, until the returned function is called. */
    on(document: string, listen: () => void): () => void {
      const set = listeners.get(document) ?? new Set();
      listeners.set(document, set.add(listen));
      return () => {
        set.delete(listen);
        if (set.size === 0 && listeners.get(document) === set) listeners.delete(document);
      };
    },
  };
};

export type Hub = ReturnType<typeof createHub>;
