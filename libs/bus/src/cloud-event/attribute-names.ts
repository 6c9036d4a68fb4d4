// Attribute names of our own envelopes, found without making text of them: the length and one letter tell them apart,
// and the bytes are compared before anything is believed.
const names = [
  'time',
  'subject',
  'tenantid',
  'recordedat',
  'contactpoint',
  'conversationid',
  'channel',
  'issueid',
  'correlationid',
  'causationid',
  'datacontenttype',
  'dataschema',
  'traceparent',
] as const;

export type AttributeName = (typeof names)[number];

const slots = new Map<number, { name: AttributeName; bytes: Buffer }>();
const slotOf = (length: number, first: number): number => length * 256 + first;
for (const name of names) {
  const slot = slotOf(name.length, name.charCodeAt(0));
  if (slots.has(slot)) throw new Error(`${name} needs another way to be told apart`);
  slots.set(slot, { name, bytes: Buffer.from(name) });
}

/** The known name that stands there, or undefined. */
export function attributeNameAt(buffer: Buffer, start: number, end: number): AttributeName | undefined {
  const known = slots.get(slotOf(end - start, buffer[start] ?? 0));
  if (!known) return undefined;
  for (let i = 1; i < known.bytes.length; i++) if (buffer[start + i] !== known.bytes[i]) return undefined;
  return known.name;
}
