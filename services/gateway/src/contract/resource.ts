import { fromBinary } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { shownId } from '../domain/audit';
import { fillTemplate } from '../domain/path-template';
import type { ApiMethod, HttpRule } from './methods';

type Hide = (id: string) => string;

/** What a REST call is about: its path, with ids as the audit trail may keep them. */
export const resourceOfPath = ({ template }: HttpRule, params: Record<string, string>, hide: Hide): string =>
  fillTemplate(template, (name) => shownId(params[name] ?? '', hide));

const fieldsOf = (method: ApiMethod, bytes: Buffer): ((name: string) => string) => {
  try {
    const message = reflect(method.input, fromBinary(method.input, bytes));
    return (name) => {
      const field = method.input.fields.find((one) => one.name === name && one.fieldKind === 'scalar');
      return field ? String(message.get(field) ?? '') : '';
    };
  } catch {
    // Bytes that are no such message are refused by the service; their record has the pattern alone.
    return () => '';
  }
};

/** The same for a call that came as bytes: the path that it would have had over REST. */
export const resourceOfBytes = (method: ApiMethod, bytes: Buffer, hide: Hide): string => {
  const template = method.rules[0]?.template;
  if (!template) return method.path;
  const valueOf = template.text.includes('{') ? fieldsOf(method, bytes) : () => '';
  return fillTemplate(template, (name) => shownId(valueOf(name), hide));
};
