import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { repoRoot } from '@throughline/local';
import type { mongo } from 'mongoose';

/** One event of a recorded history. */
export interface Recorded {
  topic: string;
  key: string;
  value: Buffer;
  /** Content type, when the event had one. */
  type?: string | undefined;
}

export interface CollectionState {
  documents: number;
  sha256: string;
}

const goldenDir = join(repoRoot, 'tests', 'golden');

/** Releases whose events are kept. */
export const goldenReleases = (): string[] =>
  readdirSync(goldenDir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

export const stateFile = (release: string): string => join(goldenDir, release, 'state.json');

/** Events of a release in the order in which they were recorded. */
export const readGolden = (release: string): Recorded[] =>
  gunzipSync(readFileSync(join(goldenDir, release, 'events.ndjson.gz')))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { value, ...rest } = JSON.parse(line) as { topic: string; key: string; value: string; type?: string };
      return { ...rest, value: Buffer.from(value, 'base64') };
    });

const uuid = /([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;

/** Ids that were made now: by chance (version 4), or by time and chance (version 7). Those of the history stay. */
const withoutNewIds = (text: string, isNow: (ms: number) => boolean): string =>
  text.replace(uuid, (id, high: string, low: string, version: string) =>
    version === '4' || (version === '7' && isNow(Number.parseInt(high + low, 16))) ? '<id>' : id,
  );

/** A value as text that is the same in every run: moments of this run and ids that chance made are taken out. */
const plain = (value: unknown, isNow: (ms: number) => boolean): unknown => {
  if (value instanceof Date) return isNow(value.getTime()) ? '<now>' : value.toISOString();
  if (typeof value === 'number') return value > 1e12 && isNow(value) ? '<now>' : value;
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return withoutNewIds(value, isNow);
  if (Array.isArray(value)) return value.map((one) => plain(one, isNow));
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value !== 'object' || value === null) return value;
  const bytes = (value as { buffer?: unknown }).buffer;
  if (bytes instanceof Uint8Array) return Buffer.from(bytes).toString('base64');
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, one]) => [name, plain(one, isNow)]),
  );
};

/** What a collection holds, by count and hash, whatever the order and whenever it was written; `as` gives a document its earlier shape. */
export const collectionState = async (
  collection: mongo.Collection,
  without: string[],
  isNow: (ms: number) => boolean,
  as: (doc: mongo.Document) => mongo.Document = (doc) => doc,
): Promise<CollectionState & { lines: string[] }> => {
  const lines: string[] = [];
  const projection = Object.fromEntries(without.map((name) => [name, 0]));
  for await (const doc of collection.find({}, { projection, promoteBuffers: true })) {
    lines.push(JSON.stringify(plain(as(doc), isNow)));
  }
  lines.sort();
  return { documents: lines.length, sha256: createHash('sha256').update(lines.join('\n')).digest('hex'), lines };
};
