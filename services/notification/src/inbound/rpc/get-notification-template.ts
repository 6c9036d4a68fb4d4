import { findTemplate } from '../../use-cases/word-notification';
import { wireTemplate } from '../../wire/template';
import type { Rpc } from './deps';

/** A template in one of its versions; built-in ones as well. */
export const getNotificationTemplate: Rpc<'getNotificationTemplate'> = (deps) => async (request, call) => ({
  template: wireTemplate(await findTemplate(deps, call.caller.tenantId, request.templateId, Number(request.version))),
});
