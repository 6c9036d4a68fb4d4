import { createCallerSigner } from '@throughline/rpc';
import { TENANT } from './channel-mix';

/** How a measuring program calls a service: as somebody who may do everything, signed with this key. */
export const signedBy = (key: string) => {
  const sign = createCallerSigner(key);
  return {
    caller: () => sign({ tenantId: TENANT, subject: 'bench', kind: 'user', scopes: ['*'] }),
    deadlineMs: 30_000,
  };
};
