import { Refusal } from '@throughline/core';
import { checkTexts } from '../../domain/template/template';
import { templateOf, wireTemplate } from '../../wire/template';
import type { Rpc } from './deps';
import { askedOf } from './deps';

/** Creates a template. */
export const createNotificationTemplate: Rpc<'createNotificationTemplate'> = (deps) => async (request, call) => {
  const wanted = templateOf(request.template!, request.template!.id, deps.now());
  checkTexts(wanted);
  deps.renderer.check(wanted);
  const template = await deps.templates.put(
    call.caller.tenantId,
    wanted,
    (current) => {
      if (current) throw new Refusal('already_exists', 'TEMPLATE_EXISTS', `template.id: ${wanted.id} is taken`);
    },
    askedOf('CreateNotificationTemplate', request, call),
  );
  return { template: wireTemplate(template) };
};
