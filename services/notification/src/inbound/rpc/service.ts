import { notificationV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { addSuppression } from './add-suppression';
import { createNotificationTemplate } from './create-notification-template';
import type { Deps } from './deps';
import { getContactPolicy } from './get-contact-policy';
import { getDelivery } from './get-delivery';
import { getNotificationTemplate } from './get-notification-template';
import { getPreferences } from './get-preferences';
import { listConsents } from './list-consents';
import { listDeliveries } from './list-deliveries';
import { listNotificationTemplates } from './list-notification-templates';
import { listSuppressions } from './list-suppressions';
import { markCustomerAtRisk } from './mark-customer-at-risk';
import { previewNotification } from './preview-notification';
import { recordConsent } from './record-consent';
import { removeSuppression } from './remove-suppression';
import { sendNotification } from './send-notification';
import { updateContactPolicy } from './update-contact-policy';
import { updateNotificationTemplate } from './update-notification-template';
import { updatePreferences } from './update-preferences';
import { withdrawConsent } from './withdraw-consent';

/** The whole NotificationService. */
export const notificationService = (deps: Deps): RpcService =>
  implement(notificationV1.NotificationServiceService, {
    addSuppression: addSuppression(deps),
    createNotificationTemplate: createNotificationTemplate(deps),
    getContactPolicy: getContactPolicy(deps),
    getDelivery: getDelivery(deps),
    getNotificationTemplate: getNotificationTemplate(deps),
    getPreferences: getPreferences(deps),
    listConsents: listConsents(deps),
    listDeliveries: listDeliveries(deps),
    listNotificationTemplates: listNotificationTemplates(deps),
    listSuppressions: listSuppressions(deps),
    markCustomerAtRisk: markCustomerAtRisk(deps),
    previewNotification: previewNotification(deps),
    recordConsent: recordConsent(deps),
    removeSuppression: removeSuppression(deps),
    sendNotification: sendNotification(deps),
    updateContactPolicy: updateContactPolicy(deps),
    updateNotificationTemplate: updateNotificationTemplate(deps),
    updatePreferences: updatePreferences(deps),
    withdrawConsent: withdrawConsent(deps),
  });
