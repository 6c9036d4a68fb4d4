import type { DescEnum, DescField, DescFile, DescMessage, DescMethod } from '@bufbuild/protobuf';

type Documented = DescMessage | DescEnum | DescField | DescMethod;

// Numbers of the fields in descriptor.proto that a source path is made of.
const MESSAGE = 4;
const ENUM = 5;
const SERVICE = 6;
const NESTED = 3;
const NESTED_ENUM = 4;
const FIELD = 2;
const METHOD = 2;

const typePath = (desc: DescMessage | DescEnum): number[] => {
  const { parent, file } = desc;
  if (parent) {
    const siblings: readonly { proto: unknown }[] = desc.kind === 'enum' ? parent.nestedEnums : parent.nestedMessages;
    return [
      ...typePath(parent),
      desc.kind === 'enum' ? NESTED_ENUM : NESTED,
      siblings.findIndex(({ proto }) => proto === desc.proto),
    ];
  }
  const siblings: readonly { proto: unknown }[] = desc.kind === 'enum' ? file.enums : file.messages;
  return [desc.kind === 'enum' ? ENUM : MESSAGE, siblings.findIndex(({ proto }) => proto === desc.proto)];
};

const pathOf = (desc: Documented): number[] => {
  switch (desc.kind) {
    case 'field':
      return [...typePath(desc.parent), FIELD, desc.parent.fields.indexOf(desc)];
    case 'rpc':
      return [SERVICE, desc.parent.file.services.indexOf(desc.parent), METHOD, desc.parent.methods.indexOf(desc)];
    default:
      return typePath(desc);
  }
};

const comments = new WeakMap<DescFile, Map<string, string>>();

const commentsOf = (file: DescFile): Map<string, string> => {
  let known = comments.get(file);
  if (!known) {
    const located = file.proto.sourceCodeInfo?.location ?? [];
    known = new Map(located.map(({ path, leadingComments }) => [path.join('.'), leadingComments]));
    comments.set(file, known);
  }
  return known;
};

/** The comment above an element of the contract, on one line; empty when its descriptor carries none. */
export const commentOf = (desc: Documented): string => {
  const file = desc.kind === 'field' || desc.kind === 'rpc' ? desc.parent.file : desc.file;
  return (commentsOf(file).get(pathOf(desc).join('.')) ?? '').trim().replace(/\s*\n\s*/g, ' ');
};
