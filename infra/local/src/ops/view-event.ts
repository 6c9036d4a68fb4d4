import { createFileRegistry, fromBinary, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { RawMessage } from '@throughline/bus';
import { decodeMessage } from '@throughline/bus';
import { descriptorSet } from '@throughline/proto';

const text = (value: RawMessage['headers'][string]): string => String(Array.isArray(value) ? value[0] : value);

const headersOf = ({ headers }: RawMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, text(value)]));

/** Turns any message of any topic into one JSON-able object: events through the descriptor set, the rest as it is. */
export const eventViewer = () => {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet()));
  const dataOf = (type: string, bytes: Uint8Array): unknown => {
    const schema = registry.getMessage(type);
    if (!schema) return { undescribed: Buffer.from(bytes).toString('base64') };
    return toJson(schema, fromBinary(schema, bytes), { registry });
  };
  return (message: RawMessage): Record<string, unknown> => {
    const { topic, partition, offset } = message;
    const where = { topic, partition, offset, key: message.key?.toString('utf8') };
    try {
      const { raw: _raw, data, ...attributes } = decodeMessage(message);
      return { ...where, ...attributes, data: dataOf(attributes.type, data) };
    } catch (error) {
      // A dead letter may be anything: its bytes are shown rather than nothing.
      const fault = error instanceof Error ? error.message : String(error);
      return { ...where, undecodable: fault, value: message.value?.toString('base64') };
    }
  };
};

/** The same for a dead letter, with the reason and origin that its headers tell. */
export const deadLetterViewer = () => {
  const view = eventViewer();
  return (message: RawMessage) => ({ ...view(message), headers: headersOf(message) });
};
