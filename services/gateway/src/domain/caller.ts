/** Whoever a request is made for, as the services behind hear it. */
export interface Caller {
  tenantId: string;
  /** Id of the key, user or service. */
  subject: string;
  kind: 'api-key' | 'service' | 'user';
  scopes: string[];
}
