import type { DescField, DescMessage, DescOneof, Message } from '@bufbuild/protobuf';
import { getOption, hasOption } from '@bufbuild/protobuf';
import { contractRegistry } from '../registry';

/** The rules of buf.validate that the contract uses, as plain data. */
export interface FieldRules {
  required?: boolean;
  type?: { case?: string | undefined; value?: Record<string, unknown> };
}

const extension = (name: string) => {
  const found = contractRegistry().getExtension(name);
  if (!found) throw new Error(`the descriptor set lacks ${name}`);
  return found;
};

/** Rules written on a field of the contract. */
export function rulesOf(field: DescField): FieldRules | undefined {
  const option = extension('buf.validate.field');
  return hasOption(field, option) ? (getOption(field, option) as Message & FieldRules) : undefined;
}

/** True when one member of the oneof must be set. */
export function oneofRequired(oneof: DescOneof): boolean {
  const option = extension('buf.validate.oneof');
  return hasOption(oneof, option) && (getOption(oneof, option) as Message & { required: boolean }).required;
}

/** A message of the contract by its full name. */
export function messageOf(name: string): DescMessage {
  const found = contractRegistry().getMessage(name);
  if (!found) throw new Error(`the contract has no message ${name}`);
  return found;
}
