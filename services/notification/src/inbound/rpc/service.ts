import { notificationV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { addSuppression } from './add-suppression';
import { createNotificationTemplate } from './create-notification-template';
import type { Deps } from './deps';
import { getContactPolicy } from './get-contact-policy';
import { getDelayNotice } from './get-delay-notice';
import { getDelivery } from './get-delivery';
import { getIncident } from './get-incident';
import { getNotificationTemplate } from './get-notification-template';
import { getPreferences } from './get-preferences';
import { getTelling } from './get-telling';
import { listConsents } from './list-consents';
import { listDeliveries } from './list-deliveries';
import { listIncidents } from './list-incidents';
import { listNotices } from './list-notices';
import { listNotificationTemplates } from './list-notification-templates';
import { listSuppressions } from './list-suppressions';
import { markCustomerAtRisk } from './mark-customer-at-risk';
import { openIncident } from './open-incident';
import { previewNotification } from './preview-notification';
import { recordConsent } from './record-consent';
import { removeSuppression } from './remove-suppression';
import { resolveIncident } from './resolve-incident';
import { reviewIncident } from './review-incident';
import { sendDelayNotice } from './send-delay-notice';
import { sendNotification } from './send-notification';
import { subscribeToIncident } from './subscribe-to-incident';
import { tellCustomers } from './tell-customers';
import { updateContactPolicy } from './update-contact-policy';
import { updateIncident } from './update-incident';
import { updateNotificationTemplate } from './update-notification-template';
import { updatePreferences } from './update-preferences';
import { watchNotices } from './watch-notices';
import { withdrawConsent } from './withdraw-consent';

/** The whole NotificationService. */
export const notificationService = (deps: Deps): RpcService =>
  implement(notificationV1.NotificationServiceService, {
    addSuppression: addSuppression(deps),
    createNotificationTemplate: createNotificationTemplate(deps),
    getContactPolicy: getContactPolicy(deps),
    getDelayNotice: getDelayNotice(deps),
    getDelivery: getDelivery(deps),
    getIncident: getIncident(deps),
    getNotificationTemplate: getNotificationTemplate(deps),
    getPreferences: getPreferences(deps),
    getTelling: getTelling(deps),
    listConsents: listConsents(deps),
    listDeliveries: listDeliveries(deps),
    listIncidents: listIncidents(deps),
    listNotices: listNotices(deps),
    listNotificationTemplates: listNotificationTemplates(deps),
    listSuppressions: listSuppressions(deps),
    markCustomerAtRisk: markCustomerAtRisk(deps),
    openIncident: openIncident(deps),
    previewNotification: previewNotification(deps),
    recordConsent: recordConsent(deps),
    removeSuppression: removeSuppression(deps),
    resolveIncident: resolveIncident(deps),
    reviewIncident: reviewIncident(deps),
    sendDelayNotice: sendDelayNotice(deps),
    sendNotification: sendNotification(deps),
    subscribeToIncident: subscribeToIncident(deps),
    tellCustomers: tellCustomers(deps),
    updateContactPolicy: updateContactPolicy(deps),
    updateIncident: updateIncident(deps),
    updateNotificationTemplate: updateNotificationTemplate(deps),
    updatePreferences: updatePreferences(deps),
    watchNotices: watchNotices(deps),
    withdrawConsent: withdrawConsent(deps),
  });
