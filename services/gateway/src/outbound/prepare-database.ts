import type { Store } from '@throughline/store';
import { applyMigrations, assertIndexes, createIndexes } from '@throughline/store';
import { apiKeyIndexes } from './api-key-store';
import { auditIndexes } from './audit-documents';

/** Makes what the queries rely on and checks that it is there. */
export const prepareDatabase = async (store: Store): Promise<void> => {
  await applyMigrations(store, [
    { id: '001-api-keys', up: () => createIndexes(store, apiKeyIndexes) },
    { id: '002-audit', up: () => createIndexes(store, auditIndexes) },
  ]);
  await assertIndexes(store, [...apiKeyIndexes, ...auditIndexes]);
};
