import { createHash } from 'node:crypto';
import { hash16 } from '@throughline/core';
import type { Store } from '@throughline/store';
import type { FileStore } from '../../use-cases/ports';

interface FileDocument {
  _id: string;
  tenantId: string;
  sha256: string;
  sizeBytes: number;
  mediaType: string;
  createdAt: Date;
}

interface ChunkDocument {
  _id: string;
  data: Buffer;
}

const chunkBytes = 4 * 1024 * 1024;
const fileReference = /^email-file:([0-9a-f]{64})$/;

const isDuplicate = (error: unknown): boolean => (error as { code?: unknown }).code === 11000;

const sha256Of = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Files in MongoDB, kept by content. A half-written file is completed by the next delivery of the same mail. */
export function createFileStore(store: Pick<Store, 'db'>): FileStore {
  const files = () => store.db.collection<FileDocument>('files');
  const chunks = () => store.db.collection<ChunkDocument>('file_chunks');

  const insertNew = async (
    collection: 'files' | 'file_chunks',
    document: FileDocument | ChunkDocument,
  ): Promise<void> => {
    try {
      await store.db.collection<{ _id: string }>(collection).insertOne(document);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  };

  const write = async (id: string, document: Omit<FileDocument, '_id'>, content: Uint8Array): Promise<void> => {
    if (await files().findOne({ _id: id }, { projection: { _id: 1 } })) return;
    for (let at = 0; at === 0 || at < content.length; at += chunkBytes) {
      const data = Buffer.from(content.subarray(at, at + chunkBytes));
      await insertNew('file_chunks', { _id: `${document.tenantId}/${document.sha256}/${at}`, data });
    }
    // Last: a file that is listed is whole.
    await insertNew('files', { _id: id, ...document });
  };

  const read = async (file: FileDocument): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for (let at = 0; at === 0 || at < file.sizeBytes; at += chunkBytes) {
      const id = `${file.tenantId}/${file.sha256}/${at}`;
      const chunk = await chunks().findOne({ _id: id }, { promoteBuffers: true });
      if (!chunk) throw new Error(`piece ${at} of a stored file is missing`);
      pieces.push(chunk.data);
    }
    return Buffer.concat(pieces);
  };

  return {
    async put(tenantId, fileName, mediaType, content) {
      const sha256 = sha256Of(content);
      const document = { tenantId, sha256, sizeBytes: content.length, mediaType, createdAt: new Date() };
      await write(`${tenantId}/${sha256}`, document, content);
      return { fileName, mediaType, sizeBytes: content.length, sha256, reference: `email-file:${sha256}` };
    },
    async get(tenantId, reference) {
      const sha256 = fileReference.exec(reference)?.[1];
      const file = sha256 ? await files().findOne({ _id: `${tenantId}/${sha256}` }) : null;
      return file ? { mediaType: file.mediaType, content: await read(file) } : undefined;
    },
    async putOriginal(tenantId, eventKey, raw) {
      const key = hash16(eventKey).toString('hex');
      const document = {
        tenantId,
        sha256: sha256Of(raw),
        sizeBytes: raw.length,
        mediaType: 'message/rfc822',
        createdAt: new Date(),
      };
      await write(`${tenantId}/original/${key}`, document, raw);
      return `email-original:${key}`;
    },
  };
}
