import type { ScaleQuestion } from '@throughline/core';
import { Refusal } from '@throughline/core';
import type { Channel } from '../domain/book/book';
import type { Content } from '../domain/delivery/delivery';
import { builtInTemplates } from '../domain/template/built-in';
import type { Template } from '../domain/template/template';
import { checkValues, checkWords, textFor } from '../domain/template/template';
import type { Renderer, TemplateStore } from './ports';

export interface WordDeps {
  templates: TemplateStore;
  renderer: Renderer;
}

/** What a message shall say: words, or a template with its values. */
export type Wording =
  | { kind: 'plain'; subject: string; text: string; html?: string; question?: ScaleQuestion | undefined }
  | { kind: 'template'; templateId: string; version: number; language: string; values: Record<string, string> };

const DEFAULT_LANGUAGE = 'en';

/** A template of the tenant, or a built-in one of that id. */
export const findTemplate = async (
  { templates }: WordDeps,
  tenantId: string,
  id: string,
  version: number,
): Promise<Template> => {
  const found = (await templates.get(tenantId, id, version)) ?? (version === 0 ? builtInTemplates.get(id) : undefined);
  if (!found)
    throw new Refusal('not_found', 'TEMPLATE_NOT_FOUND', `there is no template ${id}${version ? ` ${version}` : ''}`);
  return found;
};

/** The words as they go out. Refuses what is missing, unknown, too long, or would break out of a header. */
export const wordNotification = async (
  deps: WordDeps,
  tenantId: string,
  channel: Channel,
  wording: Wording,
  customerLanguage: string,
): Promise<Content> => {
  if (wording.kind === 'plain') {
    const html = channel === 'email' ? (wording.html ?? '') : '';
    checkWords(channel, wording.subject, wording.text, html);
    const { subject, text, question } = wording;
    const words = { templateId: '', templateVersion: 0, language: customerLanguage, subject, text, html };
    return question && channel === 'chat' ? { ...words, question } : words;
  }
  const template = await findTemplate(deps, tenantId, wording.templateId, wording.version);
  checkValues(template, wording.values);
  const text = textFor(template, wording.language || customerLanguage || DEFAULT_LANGUAGE, channel);
  const words = deps.renderer.render(text, wording.values);
  const spoken = channel === 'email' ? words : { ...words, subject: '', html: '' };
  checkWords(channel, spoken.subject, spoken.text, spoken.html);
  return { templateId: template.id, templateVersion: template.version, language: text.language, ...spoken };
};
