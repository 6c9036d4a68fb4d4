import type { DescMessage, JsonValue, Registry } from '@bufbuild/protobuf';
import { createFileRegistry, fromBinary, fromJson, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSet } from '@throughline/proto';
import { Undecodable } from '../undecodable';

let registry: Registry | undefined;

/** The descriptor of a message of the contract; undefined when it has no such message. */
export function messageType(name: string): DescMessage | undefined {
  registry ??= createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet()));
  return registry.getMessage(name);
}

/** Turns proto-JSON data into protobuf bytes. The cold path: adapters that do not speak protobuf. */
export function jsonToBytes(typeName: string, json: unknown): Uint8Array {
  const type = messageType(typeName);
  if (!type) throw new Undecodable('MALFORMED_DATA', `type: the contract has no message ${typeName.slice(0, 200)}`);
  try {
    return toBinary(type, fromJson(type, json as JsonValue, { registry }));
  } catch (error) {
    throw new Undecodable('MALFORMED_DATA', `data: ${(error as Error).message.slice(0, 500)}`);
  }
}
