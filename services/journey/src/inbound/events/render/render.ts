import type { Registry } from '@bufbuild/protobuf';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSet } from '@throughline/proto';
import type { Line } from './compile';
import { compileLine, genericLine } from './compile';
import type { Kind, Renderer } from './renderers';
import { kindsOfPackages, notMaterial, renderers, toldElsewhere } from './renderers';

/** How the events of one type become entries. Everything that is the same for all of them is made once. */
export interface Rendering {
  kind: Kind;
  line: Line;
  /** Encoded fields `type` and `kind` of an entry. */
  head: Buffer;
}

export interface Renderings {
  /** By the type's name as it stands in some bytes. Undefined when events of the type are no timeline material. */
  of(bytes: Buffer, start: number, end: number): Rendering | undefined;
}

const text = (tag: number, value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
};

const rendererOf = (type: string, registry: Registry): Renderer => {
  const kind = kindsOfPackages.find(([prefix]) => type.startsWith(prefix))?.[1] ?? 'other';
  return renderers.get(type) ?? { kind, line: genericLine(type, registry) };
};

const rendering = (type: string, registry: Registry): Rendering => {
  const { kind, line } = rendererOf(type, registry);
  const message = registry.getMessage(type);
  return {
    kind,
    line: message ? compileLine(line, message) : () => line,
    head: Buffer.concat([text(0x22, type), text(0x32, kind)]),
  };
};

interface Known {
  name: Buffer;
  rendering: Rendering | undefined;
}

// An adapter chooses the type of its events, so what is remembered about types is bounded.
const MOST_TYPES = 5_000;

const equal = (name: Buffer, bytes: Buffer, start: number): boolean => {
  // From the end: types of one package differ there.
  for (let i = name.length - 1; i >= 0; i--) if (name[i] !== bytes[start + i]) return false;
  return true;
};

/** The table of renderers over the contract's descriptors, with a generic form for every other type. */
export const createRenderings = (
  registry: Registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet())),
): Renderings => {
  let byLength: Known[][] = [];
  let count = 0;
  const learn = (name: Buffer): Rendering | undefined => {
    const type = name.toString();
    const hidden = notMaterial.has(type) || toldElsewhere.some((prefix) => type.startsWith(prefix));
    const made = hidden ? undefined : rendering(type, registry);
    if (count++ >= MOST_TYPES) {
      byLength = [];
      count = 0;
    }
    byLength[name.length] ??= [];
    byLength[name.length]!.push({ name, rendering: made });
    return made;
  };
  return {
    of(bytes, start, end) {
      const candidates = byLength[end - start];
      if (candidates) for (const known of candidates) if (equal(known.name, bytes, start)) return known.rendering;
      return learn(Buffer.from(bytes.subarray(start, end)));
    },
  };
};
