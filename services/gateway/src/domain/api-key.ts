/** A key as it is kept: secrets only as hashes. */
export interface ApiKey {
  id: string;
  tenantId: string;
  displayName: string;
  scopes: string[];
  /** Newest first; the others work until their moment comes. */
  secrets: KeySecret[];
  createdAt: Date;
  expiresAt?: Date | undefined;
  revokedAt?: Date | undefined;
  lastUsedAt?: Date | undefined;
}

export interface KeySecret {
  /** SHA-256, hex. */
  hash: string;
  until?: Date | undefined;
}

/** Form of a key: `tl_<id>_<secret>`. The id has no underscore, the secret may. */
const shape = /^tl_([a-zA-Z0-9-]{1,64})_([A-Za-z0-9_-]{16,128})$/;

export const parseApiKey = (text: string): { id: string; secret: string } | undefined => {
  const match = text.length <= 200 ? shape.exec(text) : null;
  return match ? { id: match[1]!, secret: match[2]! } : undefined;
};

export const formatApiKey = (id: string, secret: string): string => `tl_${id}_${secret}`;

export type KeyFault = 'REVOKED' | 'EXPIRED';

/** Why a key does not work at this moment. */
export const faultOf = (key: ApiKey, now: number): KeyFault | undefined => {
  if (key.revokedAt) return 'REVOKED';
  if (key.expiresAt && key.expiresAt.getTime() <= now) return 'EXPIRED';
  return undefined;
};

/** Hashes that open the key now. */
export const activeHashes = (key: ApiKey, now: number): string[] =>
  key.secrets.filter(({ until }) => !until || until.getTime() > now).map(({ hash }) => hash);

/** After a rotation: the new secret, and the one before for the overlap. Older ones end now. */
export const rotated = (secrets: KeySecret[], hash: string, now: number, overlapSeconds: number): KeySecret[] => {
  const previous = secrets[0];
  if (!previous || overlapSeconds === 0) return [{ hash }];
  return [{ hash }, { hash: previous.hash, until: new Date(now + overlapSeconds * 1_000) }];
};
