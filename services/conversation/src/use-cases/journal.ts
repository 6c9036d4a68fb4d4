import { LRUCache } from 'lru-cache';
import type { Change, Claim, ConversationLog, Held, Key, Loaded, NotTaken, Publish } from './ports';

export interface JournalOptions {
  log: ConversationLog;
  publish: Publish;
  /** Conversations kept in memory between batches. */
  cacheSize: number;
  /** How long a command waits for its events to be acknowledged before recovery takes over. */
  publishWaitMs?: number;
  /** Named points at which a test kills the process. */
  crashPoint?: (name: string) => void;
}

export interface Journal {
  /** Conversations by key, from memory when allowed. Those that do not exist yet have version 0. */
  hold(keys: Iterable<Key>, options?: { fresh?: boolean }): Promise<Map<Key, Loaded>>;
  /** Completes what these conversations have applied of the channels. */
  readApplied(held: Map<Key, Loaded>): Promise<void>;
  /** Batch path: append, publish (what others left unpublished first), remember. Gives what was not taken. */
  commit(changes: Change[], held: Map<Key, Loaded>): Promise<NotTaken>;
  /**
   * Command path: like `commit`, but also saves the snapshots, and survives when Kafka is away. Gives the keys to decide again; throws when the
   * database refuses a change.
   */
  commitNow(changes: Change[], held: Map<Key, Loaded>): Promise<Set<Key>>;
  holdersOf(claims: Claim[]): Promise<Map<Claim, Key>>;
  /** The conversation as it was with the change that took this claim; undefined when it holds no such claim. */
  stateAt: ConversationLog['stateAt'];
  /** Saves every waiting snapshot now. */
  flush(): Promise<number>;
  /** Publishes and saves what a dead process left behind; gives the number of conversations. */
  recover(olderThan: number): Promise<number>;
  waiting(): number;
}

const tailsOf = (held: Iterable<Loaded>): Change[] => [...held].flatMap((one) => one.tail);

/** The keys to decide again; throws when the database refuses a change. */
export const conflictsOf = ({ conflicts, refused }: NotTaken): Set<Key> => {
  for (const error of refused.values()) throw error;
  return conflicts;
};

/** Holds conversations in memory, appends their changes to the log, publishes them and saves their snapshots later. */
export const createJournal = ({
  log,
  publish,
  cacheSize,
  publishWaitMs = 2000,
  crashPoint = () => {},
}: JournalOptions): Journal => {
  // Only published states are kept here: whoever reads them may go on without publishing anything first.
  const cache = new LRUCache<Key, Held>({ max: cacheSize });
  let dirty = new Map<Key, Held>();
  let notes: Buffer[] = [];
  const ownNotes = new Set<string>();

  const keep = (held: Held): boolean => {
    const known = cache.get(held.key);
    if (known && known.version > held.version) return false;
    cache.set(held.key, held.applied || known?.version !== held.version ? held : { ...held, applied: known.applied });
    return true;
  };

  const remember = (held: Held): void => {
    if (!keep(held)) return;
    const waiting = dirty.get(held.key);
    if (!waiting || waiting.version <= held.version) dirty.set(held.key, held);
  };

  const note = async (keys: Key[]): Promise<void> => {
    const id = await log.noteTouched(keys);
    ownNotes.add(id.toString('hex'));
    notes.push(id);
  };

  const append = async (changes: Change[]): Promise<NotTaken & { taken: Change[] }> => {
    if (changes.length === 0) return { taken: [], conflicts: new Set(), refused: new Map() };
    const { conflicts, refused } = await log.append(changes);
    const lost = new Set([...conflicts, ...refused.keys()]);
    for (const key of lost) cache.delete(key);
    crashPoint('after-append');
    const taken = changes.filter((change) => !lost.has(change.after.key));
    for (const { after, claims, effects } of taken) {
      for (const claim of claims) after.applied?.set(claim, after.version);
      for (const effect of effects) after.applied?.set(effect, after.version);
    }
    return { taken, conflicts, refused };
  };

  const save = async (held: Held[]): Promise<void> => {
    await log.save(held);
    for (const one of held) {
      const known = cache.get(one.key);
      if (known) cache.set(one.key, { ...known, saved: Math.max(known.saved, one.version) });
    }
  };

  const saveInChunks = async (held: Held[]): Promise<void> => {
    for (let start = 0; start < held.length; start += 1000) await save(held.slice(start, start + 1000));
  };

  const flush = async (): Promise<number> => {
    const taken = dirty;
    const takenNotes = notes;
    dirty = new Map();
    notes = [];
    try {
      await saveInChunks([...taken.values()]);
      await log.forgetTouched(takenNotes);
      for (const id of takenNotes) ownNotes.delete(id.toString('hex'));
    } catch (error) {
      for (const held of taken.values()) if (!dirty.has(held.key)) dirty.set(held.key, held);
      notes.push(...takenNotes);
      throw error;
    }
    return taken.size;
  };

  return {
    flush,
    holdersOf: (claims) => log.holdersOf(claims),
    stateAt: (key, claim) => log.stateAt(key, claim),
    waiting: () => dirty.size,
    async hold(keys, { fresh = false } = {}) {
      const result = new Map<Key, Loaded>();
      const missing: Key[] = [];
      for (const key of keys) {
        const known = fresh ? undefined : cache.get(key);
        if (known) result.set(key, { held: known, tail: [] });
        else missing.push(key);
      }
      for (const [key, loaded] of await log.load(missing)) {
        result.set(key, loaded);
        // A snapshot with nothing behind it has been published.
        if (loaded.held.version > 0 && loaded.tail.length === 0) keep(loaded.held);
      }
      return result;
    },
    async readApplied(held) {
      const unread = [...held].filter(([, { held: one }]) => !one.applied);
      const applied = await log.appliedTo(unread.map(([key]) => key));
      for (const [key, one] of unread) {
        const complete = { ...one.held, applied: applied.get(key) };
        held.set(key, { ...one, held: complete });
        if (cache.get(key)?.version === complete.version) cache.set(key, complete);
      }
    },
    async commit(changes, held) {
      const { taken, ...notTaken } = await append(changes);
      const news = [...tailsOf(held.values()), ...taken];
      if (news.length === 0) return notTaken;
      await Promise.all([publish(news), note([...new Set(news.map((change) => change.after.key))])]);
      crashPoint('after-publish');
      for (const change of news) remember(change.after);
      return notTaken;
    },
    async commitNow(changes, held) {
      // The note comes first: whatever happens after the append, somebody will publish it.
      const id = await log.noteTouched(changes.map((change) => change.after.key));
      const { taken, ...notTaken } = await append(changes);
      const conflicts = conflictsOf(notTaken);
      if (taken.length === 0) {
        await log.forgetTouched([id]);
        return conflicts;
      }
      const news = [...tailsOf(held.values()), ...taken];
      if (!(await inTime(publish(news), publishWaitMs))) return conflicts;
      crashPoint('after-publish');
      for (const change of news) remember(change.after);
      await save(taken.map((change) => change.after));
      await log.forgetTouched([id]);
      return conflicts;
    },
    async recover(olderThan) {
      let count = 0;
      for (const { note: id, keys } of await log.abandoned(olderThan)) {
        if (ownNotes.has(id.toString('hex'))) continue;
        const loaded = [...(await log.load(keys)).values()].filter((one) => one.tail.length > 0);
        await publish(tailsOf(loaded));
        await saveInChunks(loaded.map((one) => one.held));
        await log.forgetTouched([id]);
        count += loaded.length;
      }
      return count;
    },
  };
};

/** True when it ended well within the time; a late or failed one is left to recovery. */
const inTime = async (work: Promise<void>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
};
