import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { mongo } from 'mongoose';
import type { Doc, Feed, Store } from './types';

export interface FeedOptions {
  /** Conditions on the inserted document. Feeds with equal conditions share one change stream. */
  match?: mongo.Document | undefined;
  projection?: mongo.Document | undefined;
  onError?: ((error: Error) => void) | undefined;
}

interface Shared {
  collection: string;
  options: FeedOptions;
  listeners: Map<(doc: never) => void, FeedOptions['onError']>;
  ready: Promise<void>;
  close(): Promise<void>;
}

const streams = new WeakMap<Store, Shared[]>();

const pipelineOf = ({ match, projection }: FeedOptions): mongo.Document[] => {
  const conditions = Object.entries(match ?? {}).map(([field, value]) => [`fullDocument.${field}`, value] as const);
  const stages: mongo.Document[] = [{ $match: { operationType: 'insert', ...Object.fromEntries(conditions) } }];
  if (projection) {
    const fields = Object.entries(projection).map(([field, value]) => [`fullDocument.${field}`, value] as const);
    stages.push({ $project: { operationType: 1, ...Object.fromEntries(fields) } });
  }
  return stages;
};

function open(store: Store, collection: string, options: FeedOptions): Shared {
  const listeners: Shared['listeners'] = new Map();
  let stopped = false;
  let current: mongo.ChangeStream | undefined;
  let resumeAfter: mongo.ResumeToken | undefined;
  let startAtOperationTime: mongo.Timestamp | undefined;
  let lost: Error | undefined;
  const tell = (error: Error) => {
    for (const onError of listeners.values()) onError?.(error);
  };
  const follow = async (begun: () => void) => {
    // The present moment is fixed before anybody reads, so that nothing falls between a read and the stream.
    if (!resumeAfter && !startAtOperationTime) {
      startAtOperationTime = (await store.db.command({ ping: 1 })).operationTime as mongo.Timestamp | undefined;
    }
    const from = resumeAfter ? { resumeAfter } : startAtOperationTime ? { startAtOperationTime } : {};
    current = store.db.collection(collection).watch(pipelineOf(options), { ...from, maxAwaitTimeMS: 500 });
    begun();
    // What was read before the present moment was fixed anew may end before it: now a reader finds the rest.
    if (lost) tell(lost);
    lost = undefined;
    for await (const change of current) {
      if (stopped) return;
      resumeAfter = change._id;
      if (change.operationType === 'insert')
        for (const listen of [...listeners.keys()]) listen(change.fullDocument as never);
    }
  };
  const ready = new Promise<void>((resolve, reject) => {
    const run = async () => {
      for (let wait = 100; !stopped; wait = Math.min(wait * 2, 5_000)) {
        try {
          await follow(() => {
            wait = 100;
            resolve();
          });
        } catch (error) {
          if (stopped) return;
          // 286: the log of changes no longer holds our place. Readers must read again, so they are told.
          if ((error as { code?: number }).code === 286) {
            resumeAfter = startAtOperationTime = undefined;
            lost = error as Error;
          }
          tell(error as Error);
          await pause(wait);
        } finally {
          await current?.close().catch(() => undefined);
        }
      }
    };
    run().catch(reject);
  });
  return {
    collection,
    options,
    listeners,
    ready,
    async close() {
      stopped = true;
      await current?.close();
    },
  };
}

/** Calls back for each document inserted from now on; resumes after failures. The stream is open only while somebody listens. */
export async function watchInserts<D = Doc>(
  store: Store,
  collection: string,
  onDoc: (doc: D) => void,
  options: FeedOptions = {},
): Promise<Feed> {
  const all = streams.get(store) ?? [];
  streams.set(store, all);
  const same = (feed: Shared) =>
    feed.collection === collection &&
    isDeepStrictEqual(feed.options.match, options.match) &&
    isDeepStrictEqual(feed.options.projection, options.projection);
  let shared = all.find(same);
  if (!shared) {
    shared = open(store, collection, options);
    all.push(shared);
  }
  const mine = shared;
  // A wrapper of its own: the same callback may listen twice.
  const listen = (doc: never) => onDoc(doc as D);
  mine.listeners.set(listen, options.onError);
  await mine.ready;
  return {
    async stop() {
      mine.listeners.delete(listen);
      if (mine.listeners.size > 0) return;
      all.splice(all.indexOf(mine), 1);
      await mine.close();
    },
  };
}
