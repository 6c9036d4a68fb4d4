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

const phaseWords = (investigating: string, identified: string, monitoring: string, resolved: string): string =>
  `{% case phase %}{% when "investigating" %}${investigating}{% when "identified" %}${identified}{% when "monitoring" %}${monitoring}{% else %}${resolved}{% endcase %}`;

/** How far we are, in languages other than that of the values. */
const phaseIn = {
  de: phaseWords('wir suchen die Ursache', 'Ursache gefunden', 'wird beobachtet', 'behoben'),
  zh: phaseWords('正在调查', '已找到原因', '观察中', '已解决'),
};

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
          `{{ title }}: ${phaseIn.de}`,
          `{{ title }}\nStand: ${phaseIn.de}\n\n{{ message }}{% if next_update != "" %}\n\nNächste Nachricht bis {{ next_update }}, auch wenn sich nichts geändert hat.{% endif %}`,
        ),
        text(
          'zh',
          `{{ title }}：${phaseIn.zh}`,
          `{{ title }}\n状态：${phaseIn.zh}\n\n{{ message }}{% if next_update != "" %}\n\n下次更新：{{ next_update }}之前，即使没有变化也会通知。{% endif %}`,
        ),
      ],
    ),
    made(
      'incident-review',
      'Incident review',
      ['title', 'message'],
      [
        text(
          'en',
          '{{ title }}: what we learnt',
          '{{ title }} is over. What happened, and what we changed:\n\n{{ message }}',
        ),
        text(
          'de',
          '{{ title }}: was wir gelernt haben',
          '{{ title }} ist behoben. Was geschehen ist, und was wir geändert haben:\n\n{{ message }}',
        ),
        text('zh', '{{ title }}：我们的总结', '{{ title }}已经解决。事情经过以及我们的改进：\n\n{{ message }}'),
      ],
    ),
  ].map((template) => [template.id, template]),
);
