import type { FileRegistry } from '@bufbuild/protobuf';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import type { FileDescriptorSet } from '@bufbuild/protobuf/wkt';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSet } from '@throughline/proto';

let set: FileDescriptorSet | undefined;
let registry: FileRegistry | undefined;

/** The contract's files as they are served by reflection. */
export function contractFiles(): FileDescriptorSet {
  set ??= fromBinary(FileDescriptorSetSchema, descriptorSet());
  return set;
}

/** Every message, enum, service and option of the contract. */
export function contractRegistry(): FileRegistry {
  registry ??= createFileRegistry(contractFiles());
  return registry;
}
