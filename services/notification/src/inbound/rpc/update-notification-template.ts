import { Refusal } from '@throughline/core';
import { checkTexts } from '../../domain/template/template';
import { templateOf, wireTemplate } from '../../wire/template';
import type { Rpc } from './deps';
import { askedOf, notFound } from './deps';

/** Replaces a template by a new version. */
export const updateNotificationTemplate: Rpc<'updateNotificationTemplate'> = (deps) => async (request, call) => {
  const wanted = templateOf(request.template!, request.templateId, deps.now());
  const expected = Number(request.expectedVersion);
  checkTexts(wanted);
  deps.renderer.check(wanted);
  const template = await deps.templates.put(
    call.caller.tenantId,
    wanted,
    (current) => {
      if (!current) throw notFound('TEMPLATE', wanted.id);
      if (expected !== 0 && expected !== current.version) {
        throw new Refusal('conflict', 'TEMPLATE_CHANGED', `expected version ${expected}, but it is ${current.version}`);
      }
    },
    askedOf('UpdateNotificationTemplate', request, call),
  );
  return { template: wireTemplate(template) };
};
