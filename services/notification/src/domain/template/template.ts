import { Refusal } from '@throughline/core';
import type { Channel } from '../book/book';
import { mostText } from '../delivery/size';

/** The words in one language; without a channel they count for every channel that has none of its own. */
export interface TemplateText {
  language: string;
  channel: Channel | '';
  subject: string;
  text: string;
  html: string;
}

export interface Template {
  id: string;
  version: number;
  name: string;
  variables: string[];
  texts: TemplateText[];
  createdAt: number;
  updatedAt: number;
}

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

/** Refuses two texts for the same language and channel. */
export const checkTexts = ({ texts }: Template): void => {
  const names = texts.map(({ language, channel }) => `${language.toLowerCase()}/${channel}`);
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0) {
    throw refuse('TEMPLATE_TEXT_TWICE', `template.texts[${twice}]`, 'there is a text for this language and channel');
  }
};

/**
 * The words for a language and a channel. `de-AT` may be served by `de`, never by another language: whoever cannot be
 * told in words he reads is told nothing, and the sender hears of it.
 */
export const textFor = (template: Template, language: string, channel: Channel): TemplateText => {
  const wanted = language.toLowerCase();
  const plain = wanted.split('-')[0]!;
  for (const tag of [wanted, plain]) {
    const inLanguage = template.texts.filter((text) => text.language.toLowerCase() === tag);
    const found = inLanguage.find((text) => text.channel === channel) ?? inLanguage.find((text) => text.channel === '');
    if (found) return found;
  }
  const has = [...new Set(template.texts.map((text) => text.language))].join(', ');
  throw refuse(
    'TEMPLATE_LANGUAGE_MISSING',
    'template.language',
    `template ${template.id} has no words in "${language}" for ${channel}; it has ${has}`,
  );
};

/** Refuses values that a template does not declare, and declared ones that are missing. */
export const checkValues = ({ variables }: Template, values: Record<string, string>): void => {
  const unknown = Object.keys(values).find((name) => !variables.includes(name));
  if (unknown !== undefined) {
    throw refuse(
      'TEMPLATE_VARIABLE_UNKNOWN',
      `template.variables.${unknown}`,
      'the template declares no such variable',
    );
  }
  const missing = variables.find((name) => values[name] === undefined);
  if (missing !== undefined) {
    throw refuse('TEMPLATE_VARIABLE_MISSING', `template.variables.${missing}`, 'the template needs it');
  }
};

/** What adapters take in one event, less what we add ourselves; three or four bytes a character where letters are not Latin. */
const MOST_BYTES = 200_000;

/** Refuses words that cannot be sent as they are: a line break in a subject would begin a header of the sender's choice. */
export const checkWords = (channel: Channel, subject: string, text: string, html = ''): void => {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject)) {
    throw refuse('HEADER_INJECTION', 'subject', 'must be one line without control characters');
  }
  if (subject.length > 200) throw refuse('BODY_TOO_LARGE', 'subject', 'has at most 200 characters');
  const most = mostText(channel);
  if (text.length > most) {
    throw refuse('BODY_TOO_LARGE', 'text', `has at most ${most.toLocaleString('en')} characters by ${channel}`);
  }
  if (Buffer.byteLength(text) + Buffer.byteLength(html) > MOST_BYTES) {
    throw refuse('BODY_TOO_LARGE', html === '' ? 'text' : 'html', 'text and HTML together have at most 200,000 bytes');
  }
  if (text.trim() === '') throw refuse('BODY_EMPTY', 'text', 'must say something');
};
