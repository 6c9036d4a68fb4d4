import { invalidField, Refusal } from '@throughline/core';
import type { IndexSpec, Store } from '@throughline/store';
import type { ApiKey, KeySecret } from '../domain/api-key';
import type { ApiKeyStore, AskedRequest, KeyPage } from '../use-cases/ports';

interface KeyDocument {
  _id: string;
  tenantId: string;
  displayName: string;
  scopes: string[];
  secrets: KeySecret[];
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** Requests that made or rotated this key: `<tenant>/<request id>`. */
  asked: { id: string; fingerprint: string }[];
}

const COLLECTION = 'api_keys';
const ASKED_KEPT = 32;

export const apiKeyIndexes: IndexSpec[] = [
  { collection: COLLECTION, name: 'tenant_newest', keys: { tenantId: 1, createdAt: -1, _id: -1 } },
  {
    collection: COLLECTION,
    name: 'asked',
    keys: { 'asked.id': 1 },
    unique: true,
    partialFilterExpression: { 'asked.id': { $exists: true } },
  },
];

const fromDocument = (doc: KeyDocument): ApiKey => ({
  id: doc._id,
  tenantId: doc.tenantId,
  displayName: doc.displayName,
  scopes: doc.scopes,
  secrets: doc.secrets,
  createdAt: doc.createdAt,
  expiresAt: doc.expiresAt ?? undefined,
  revokedAt: doc.revokedAt ?? undefined,
  lastUsedAt: doc.lastUsedAt ?? undefined,
});

const askedId = (tenantId: string, { id }: AskedRequest): string => `${tenantId}/${id}`;
const isDuplicate = (error: unknown): boolean => (error as { code?: unknown })?.code === 11_000;

const pageTokenOf = (key: ApiKey): string =>
  Buffer.from(JSON.stringify([key.createdAt.getTime(), key.id])).toString('base64url');

const readPageToken = (token: string): { at: Date; id: string } => {
  try {
    const [at, id] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [unknown, unknown];
    if (Number.isSafeInteger(at) && typeof id === 'string') return { at: new Date(at as number), id };
  } catch {
    // Falls through: every broken token gets the same answer.
  }
  throw invalidField('page_token', 'page_token', 'is not a token of an earlier page');
};

/** API keys on MongoDB. Every value reaches the driver as text or number under `$eq`, never as an operator. */
export const createApiKeyStore = (store: Store): ApiKeyStore => {
  const keys = () => store.db.collection<KeyDocument>(COLLECTION);
  const newestFirst = { createdAt: -1, _id: -1 } as const;
  return {
    async find(id) {
      const doc = await keys().findOne({ _id: { $eq: id } });
      return doc ? fromDocument(doc) : undefined;
    },
    async findAsked(tenantId, asked) {
      const doc = await keys().findOne({ 'asked.id': { $eq: askedId(tenantId, asked) } });
      if (!doc) return undefined;
      const earlier = doc.asked.find(({ id }) => id === askedId(tenantId, asked));
      if (earlier?.fingerprint === asked.fingerprint) return fromDocument(doc);
      throw new Refusal(
        'precondition',
        'IDEMPOTENCY_KEY_REUSED',
        'This request id was already used with another request.',
      );
    },
    async insert(key, asked) {
      const { id: _id, tenantId, displayName, scopes, secrets, createdAt, expiresAt } = key;
      const doc: KeyDocument = {
        _id,
        tenantId,
        displayName,
        scopes,
        secrets,
        createdAt,
        expiresAt: expiresAt ?? null,
        revokedAt: null,
        lastUsedAt: null,
        asked: asked ? [{ id: askedId(tenantId, asked), fingerprint: asked.fingerprint }] : [],
      };
      try {
        await keys().insertOne(doc);
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
    async list(tenantId, pageSize, pageToken): Promise<KeyPage> {
      const after = pageToken ? readPageToken(pageToken) : undefined;
      const filter = after
        ? {
            tenantId: { $eq: tenantId },
            $or: [{ createdAt: { $lt: after.at } }, { createdAt: { $eq: after.at }, _id: { $lt: after.id } }],
          }
        : { tenantId: { $eq: tenantId } };
      const docs = await keys()
        .find(filter)
        .sort(newestFirst)
        .limit(pageSize + 1)
        .toArray();
      const page = docs.slice(0, pageSize).map(fromDocument);
      return { keys: page, nextPageToken: docs.length > pageSize ? pageTokenOf(page.at(-1)!) : '' };
    },
    async revoke(tenantId, id, at) {
      const filter = { _id: { $eq: id }, tenantId: { $eq: tenantId } };
      await keys().updateOne({ ...filter, revokedAt: null }, { $set: { revokedAt: at } });
      const doc = await keys().findOne(filter);
      return doc ? fromDocument(doc) : undefined;
    },
    async rotate(from, secrets, asked) {
      const note = asked ? [{ id: askedId(from.tenantId, asked), fingerprint: asked.fingerprint }] : [];
      const doc = await keys().findOneAndUpdate(
        { _id: { $eq: from.id }, tenantId: { $eq: from.tenantId }, 'secrets.0.hash': { $eq: from.secrets[0]!.hash } },
        { $set: { secrets }, $push: { asked: { $each: note, $slice: -ASKED_KEPT } } },
        { returnDocument: 'after' },
      );
      return doc ? fromDocument(doc) : undefined;
    },
    async markUsed(uses) {
      if (uses.size === 0) return;
      const changes = [...uses].map(([id, at]) => ({
        updateOne: { filter: { _id: { $eq: id } }, update: { $max: { lastUsedAt: at } } },
      }));
      await keys().bulkWrite(changes, { ordered: false });
    },
  };
};
