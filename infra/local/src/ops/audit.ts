import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Anchor, SealKey } from '@throughline/store';
import { chainsOf, verifyChain } from '@throughline/store';
import { LocalError } from '../local-error';
import type { Place } from './connect';
import { withMongo } from './connect';

/** Where the gateway keeps its records. */
const auditLog = { records: 'audit_records', heads: 'audit_heads' };

export type TenantVerdict = { tenant: string; records: number; faults: string[] };
type Anchors = Record<string, Anchor>;

/** Keys as the setting GATEWAY_AUDIT_KEYS has them. */
export const readAuditKeys = (text: string | undefined): SealKey[] => {
  if (!text) throw new LocalError('GATEWAY_AUDIT_KEYS is missing: the keys that the gateway seals audit records with.');
  try {
    const keys = JSON.parse(text) as SealKey[];
    if (keys.length > 0 && keys.every(({ kid, secret }) => Number.isInteger(kid) && typeof secret === 'string'))
      return keys;
  } catch {
    // Says the same as for any other text that is no list of keys.
  }
  throw new LocalError('GATEWAY_AUDIT_KEYS must read [{"kid":1,"secret":"…"}].');
};

const readAnchors = (file: string | undefined): Anchors =>
  file && existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Anchors) : {};

/**
 * Checks the audit trail of one tenant or of all, also of those that only the file of anchors still knows. Without faults the
 * ends are written to that file for the next time.
 */
export const verifyAudit = (
  place: Place,
  keys: SealKey[],
  given: { tenant?: string | undefined; anchors?: string | undefined } = {},
): Promise<TenantVerdict[]> =>
  withMongo(place, async (client) => {
    const db = client.db(`${place.databasePrefix}gateway`);
    const anchors = readAnchors(given.anchors);
    const known = [...new Set([...(await chainsOf(db, auditLog)), ...Object.keys(anchors)])].sort();
    const verdicts: TenantVerdict[] = [];
    const ends: Anchors = { ...anchors };
    for (const tenant of given.tenant ? [given.tenant] : known) {
      const { checked, faults, anchor } = await verifyChain(db, auditLog, {
        keys,
        chain: tenant,
        anchor: anchors[tenant],
      });
      ends[tenant] = anchor;
      verdicts.push({ tenant, records: checked, faults: faults.map(({ kind, text }) => `${kind}: ${text}`) });
    }
    if (given.anchors && verdicts.every(({ faults }) => faults.length === 0))
      writeFileSync(given.anchors, `${JSON.stringify(ends, null, 2)}\n`);
    return verdicts;
  });
