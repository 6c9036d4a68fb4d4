import type { Template, TemplateText } from './template';

const text = (language: string, subject: string, body: string): TemplateText => ({
  language,
  channel: '',
  subject,
  text: body,
  html: '',
});

const made = (id: string, name: string, variables: string[], texts: TemplateText[]): Template => ({
  id,
  version: 0,
  name,
  variables,
  texts,
  createdAt: 0,
  updatedAt: 0,
});

/**
 * Words for what must be said even by a tenant that wrote none. A template of the tenant with the same id takes their
 * place. A delay says why and until when, and it says so as our doing, not as the customer's bad luck.
 */
export const builtInTemplates: ReadonlyMap<string, Template> = new Map(
  [
    made(
      'delay-notice',
      'Delay notice',
      ['what', 'reason', 'next_time'],
      [
        text(
          'en',
          'An update on {{ what }}',
          'This is taking longer than we said: {{ what }}.\nThe reason: {{ reason }}\nYou will hear from us by {{ next_time }}.',
        ),
        text(
          'de',
          'Neues zu: {{ what }}',
          'Es dauert länger, als wir gesagt haben: {{ what }}.\nDer Grund: {{ reason }}\nSie hören bis {{ next_time }} von uns.',
        ),
        text(
          'zh',
          '关于{{ what }}的进展',
          '{{ what }}比我们承诺的时间更长。\n原因：{{ reason }}\n我们会在{{ next_time }}之前再次联系您。',
        ),
      ],
    ),
    made(
      'promise-late',
      'A promise may be late',
      ['what', 'due'],
      [
        text(
          'en',
          'We may be late: {{ what }}',
          'We promised you: {{ what }}, by {{ due }}. We are still at it and may not make it in time. We will tell you as soon as it is done.',
        ),
        text(
          'de',
          'Wir könnten uns verspäten: {{ what }}',
          'Wir haben Ihnen versprochen: {{ what }}, bis {{ due }}. Wir sind noch dabei und schaffen es vielleicht nicht rechtzeitig. Sie hören von uns, sobald es erledigt ist.',
        ),
        text(
          'zh',
          '我们可能会晚一些：{{ what }}',
          '我们答应过您：{{ what }}，时间是{{ due }}之前。我们仍在处理，可能无法按时完成。一完成就会通知您。',
        ),
      ],
    ),
    made(
      'incident-update',
      'Incident update',
      ['title', 'phase', 'message', 'next_update'],
      [
        text(
          'en',
          '{{ title }}: {{ phase }}',
          '{{ title }}\nState: {{ phase }}\n\n{{ message }}{% if next_update != "" %}\n\nNext update by {{ next_update }}, also when nothing has changed.{% endif %}',
        ),
        text(
          'de',
          '{{ title }}: {{ phase }}',
          '{{ title }}\nStand: {{ phase }}\n\n{{ message }}{% if next_update != "" %}\n\nNächste Nachricht bis {{ next_update }}, auch wenn sich nichts geändert hat.{% endif %}',
        ),
        text(
          'zh',
          '{{ title }}：{{ phase }}',
          '{{ title }}\n状态：{{ phase }}\n\n{{ message }}{% if next_update != "" %}\n\n下次更新：{{ next_update }}之前，即使没有变化也会通知。{% endif %}',
        ),
      ],
    ),
  ].map((template) => [template.id, template]),
);
