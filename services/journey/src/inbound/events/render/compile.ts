import type { DescField, DescMessage, Registry } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import type { FieldTree } from './fields';
import { readFields } from './fields';

/** Turns a message of one type, which lies somewhere in these bytes, into its line. */
export type Line = (bytes: Buffer, start: number, end: number) => string;

// A form is text and slots in turn, beginning with text: 'Note by ', 0, ': ', 1, ''.
interface Form {
  texts: string[];
  slots: number[];
}

const emptyTree = (): FieldTree => ({ leaves: [], children: [] });

const enumNames = (field: DescField): ReadonlyMap<number, string> | undefined => {
  if (!field.enum) return undefined;
  const prefix = field.enum.sharedPrefix ?? '';
  const plain = (name: string) => name.slice(name.toLowerCase().startsWith(prefix) ? prefix.length : 0);
  return new Map(
    field.enum.values
      .filter((value) => value.number !== 0)
      .map((value) => [value.number, plain(value.name).toLowerCase().replaceAll('_', ' ')]),
  );
};

const addPath = (tree: FieldTree, message: DescMessage, path: string[], slot: number): void => {
  const field = message.fields.find((candidate) => candidate.name === path[0]);
  if (!field) throw new Error(`${message.typeName} has no field ${path[0]}`);
  if (path.length > 1) {
    if (!field.message) throw new Error(`${message.typeName}.${path[0]} is no message`);
    const child = tree.children[field.number] ?? emptyTree();
    tree.children[field.number] = child;
    addPath(child, field.message, path.slice(1), slot);
    return;
  }
  const text = field.scalar === ScalarType.STRING;
  tree.leaves[field.number] = { slot, text, names: enumNames(field) };
};

const complete = (form: Form, values: (string | undefined)[]): boolean => {
  for (const slot of form.slots) if (!values[slot]) return false;
  return true;
};

/** Compiles a line of the table, once per type. A line that names a field the message lacks is a mistake in the table. */
export const compileLine = (line: string, message: DescMessage): Line => {
  const tree = emptyTree();
  const slots = new Map<string, number>();
  const forms: Form[] = line.split('|').map((form) => {
    const pieces = form.split(/\{([a-z_.]+)\}/);
    const names = pieces.filter((_, i) => i % 2 === 1);
    for (const name of names) {
      if (slots.has(name)) continue;
      slots.set(name, slots.size);
      addPath(tree, message, name.split('.'), slots.get(name)!);
    }
    return { texts: pieces.filter((_, i) => i % 2 === 0), slots: names.map((name) => slots.get(name)!) };
  });
  const values: (string | undefined)[] = new Array(slots.size).fill(undefined);
  return (bytes, start, end) => {
    for (let i = 0; i < values.length; i++) values[i] = undefined;
    readFields(bytes, tree, values, start, end);
    for (const form of forms) {
      if (!complete(form, values)) continue;
      let text = form.texts[0]!;
      for (let i = 0; i < form.slots.length; i++) text += values[form.slots[i]!]! + form.texts[i + 1]!;
      return text;
    }
    return '';
  };
};

/** `throughline.sla.v1.ClockBreached` → `Clock breached`. */
export const humanName = (type: string): string => {
  const words = type
    .slice(type.lastIndexOf('.') + 1)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

// What usually says most about a fact, in this order.
const telling = ['summary', 'title', 'subject', 'text', 'name', 'display_name', 'reason', 'detail', 'state'];

/** The line of a type nobody wrote one for: its name, and its most telling field when the contract knows the type. */
export const genericLine = (type: string, registry: Registry): string => {
  const message = registry.getMessage(type);
  const plain = (field: DescField) => field.fieldKind === 'scalar' || field.fieldKind === 'enum';
  const field = telling.find((name) =>
    message?.fields.some((candidate) => candidate.name === name && plain(candidate)),
  );
  const name = humanName(type).replaceAll(/[|{}]/g, ' ');
  return field ? `${name}: {${field}}|${name}` : name;
};
