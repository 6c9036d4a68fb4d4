import type { DescMessage, Registry } from '@bufbuild/protobuf';
import { fromBinary, toJson } from '@bufbuild/protobuf';

/** An answer's bytes as JSON text. Empty fields are written too, so that every answer has the shape of the page. */
export const writeResponse = (desc: DescMessage, bytes: Uint8Array, registry: Registry): string =>
  JSON.stringify(toJson(desc, fromBinary(desc, bytes), { registry, alwaysEmitImplicit: true }));
