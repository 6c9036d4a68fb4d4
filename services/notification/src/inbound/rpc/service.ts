import { notificationV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import type { Deps } from './deps';
import { getContactPolicy } from './get-contact-policy';
import { updateContactPolicy } from './update-contact-policy';

/** The whole NotificationService. */
export const notificationService = (deps: Deps): RpcService =>
  implement(notificationV1.NotificationServiceService, {
    getContactPolicy: getContactPolicy(deps),
    updateContactPolicy: updateContactPolicy(deps),
  });
