import { hash16 } from '@throughline/core';
import type { Aggregates, Store } from '@throughline/store';
import { alreadyAsked } from '@throughline/store';
import type { mongo } from 'mongoose';
import type { Kept, VersionedStore } from '../use-cases/ports';

/** What the document of a versioned thing holds: its versions by the hash of their content, and the latest content. */
export interface Versions {
  id: string;
  versions: { version: number; ref: string; at: number }[];
  content: unknown;
  createdAt: number;
  archived: boolean;
}

export const versionsToDoc = ({ id, ...rest }: Versions): mongo.Document => ({ ...rest, keptId: id });

export const versionsFromDoc = (doc: mongo.Document): Versions => ({
  id: doc['keptId'],
  versions: doc['versions'],
  content: doc['content'],
  createdAt: doc['createdAt'],
  archived: doc['archived'],
});

interface Stored<C> {
  _id: string;
  content: C;
}

const keptOf = <C>({ id, versions, createdAt, archived }: Versions, version: number, content: C): Kept<C> => {
  const latest = versions.at(-1)!;
  return { id, version, latest: latest.version, content, createdAt, updatedAt: latest.at, archived };
};

/**
 * Things with versions. A version's content is stored under its hash before the document names it, so a version that is
 * named is always there and never changes.
 */
export const createVersionedStore = <C>(
  store: Store,
  aggregates: Aggregates<Versions>,
  collection: string,
): VersionedStore<C> => {
  const contents = () => store.db.collection<Stored<C>>(collection);
  const current = (found: Versions) => keptOf(found, found.versions.at(-1)!.version, found.content as C);
  const at = async (tenantId: string, found: Versions, version: number): Promise<Kept<C> | undefined> => {
    const entry = found.versions.find((one) => one.version === version);
    const stored = entry && (await contents().findOne({ _id: `${tenantId}/${entry.ref}` } as never));
    return stored ? keptOf(found, version, stored.content) : undefined;
  };
  return {
    async get(tenantId, id, version = 0) {
      const found = (await aggregates.load(`${tenantId}/${id}`))?.state;
      if (!found) return undefined;
      return version === 0 ? current(found) : at(tenantId, found, version);
    },
    async list(tenantId) {
      const found = await aggregates.loadMany({ tenantId: { $eq: tenantId }, archived: false } as never);
      return found.map(({ state }) => current(state)).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async put(tenantId, id, content, check, now, asked) {
      const before = await aggregates.load(`${tenantId}/${id}`);
      if (before && asked && alreadyAsked(before.asked, asked)) return current(before.state);
      check(before && current(before.state));
      const ref = hash16(JSON.stringify(content)).toString('hex');
      await contents().updateOne(
        { _id: `${tenantId}/${ref}` } as never,
        { $setOnInsert: { content } as never },
        { upsert: true },
      );
      const { state } = await aggregates.change(
        id,
        (loaded) => {
          const known = loaded?.state;
          check(known && current(known));
          const version = (known?.versions.at(-1)?.version ?? 0) + 1;
          const versions = [...(known?.versions ?? []), { version, ref, at: now }];
          return { state: { id, versions, content, createdAt: known?.createdAt ?? now, archived: false }, events: [] };
        },
        { tenantId, request: asked },
      );
      return current(state!);
    },
    async archive(tenantId, id, _now, asked) {
      const { state, repeated } = await aggregates.change(
        id,
        (loaded) =>
          loaded && !loaded.state.archived ? { state: { ...loaded.state, archived: true }, events: [] } : undefined,
        { tenantId, request: asked },
      );
      return state !== undefined && (repeated || state.archived);
    },
  };
};
