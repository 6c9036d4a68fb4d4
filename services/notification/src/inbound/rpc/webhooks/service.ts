import { notificationV1 } from '@throughline/proto';
import type { RpcService } from '@throughline/rpc';
import { implement } from '@throughline/rpc';
import { createWebhookEndpoint } from './create-webhook-endpoint';
import { deleteWebhookEndpoint } from './delete-webhook-endpoint';
import type { WebhookDeps } from './deps';
import { disableWebhookEndpoint } from './disable-webhook-endpoint';
import { enableWebhookEndpoint } from './enable-webhook-endpoint';
import { getWebhookDelivery } from './get-webhook-delivery';
import { getWebhookEndpoint } from './get-webhook-endpoint';
import { listWebhookDeliveries } from './list-webhook-deliveries';
import { listWebhookEndpoints } from './list-webhook-endpoints';
import { replayDeliveries } from './replay-deliveries';
import { rotateSecret } from './rotate-secret';
import { testEndpoint } from './test-endpoint';
import { updateWebhookEndpoint } from './update-webhook-endpoint';

/** The whole WebhookService. */
export const webhookService = (deps: WebhookDeps): RpcService =>
  implement(notificationV1.WebhookServiceService, {
    createWebhookEndpoint: createWebhookEndpoint(deps),
    deleteWebhookEndpoint: deleteWebhookEndpoint(deps),
    disableWebhookEndpoint: disableWebhookEndpoint(deps),
    enableWebhookEndpoint: enableWebhookEndpoint(deps),
    getWebhookDelivery: getWebhookDelivery(deps),
    getWebhookEndpoint: getWebhookEndpoint(deps),
    listWebhookDeliveries: listWebhookDeliveries(deps),
    listWebhookEndpoints: listWebhookEndpoints(deps),
    replayDeliveries: replayDeliveries(deps),
    rotateSecret: rotateSecret(deps),
    testEndpoint: testEndpoint(deps),
    updateWebhookEndpoint: updateWebhookEndpoint(deps),
  });
