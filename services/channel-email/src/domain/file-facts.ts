import { oneLine } from './bounds';

const signatures: readonly (readonly [string, readonly number[], number])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 0],
  ['image/jpeg', [0xff, 0xd8, 0xff], 0],
  ['image/gif', [0x47, 0x49, 0x46, 0x38], 0],
  ['image/webp', [0x57, 0x45, 0x42, 0x50], 8],
  ['image/bmp', [0x42, 0x4d], 0],
  ['image/tiff', [0x49, 0x49, 0x2a, 0x00], 0],
  ['image/tiff', [0x4d, 0x4d, 0x00, 0x2a], 0],
  ['image/heic', [0x66, 0x74, 0x79, 0x70, 0x68, 0x65, 0x69, 0x63], 4],
  ['video/mp4', [0x66, 0x74, 0x79, 0x70], 4],
  ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d], 0],
  ['application/zip', [0x50, 0x4b, 0x03, 0x04], 0],
  ['application/zip', [0x50, 0x4b, 0x05, 0x06], 0],
  ['application/gzip', [0x1f, 0x8b], 0],
  ['application/x-7z-compressed', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 0],
  ['application/vnd.rar', [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], 0],
  ['application/x-bzip2', [0x42, 0x5a, 0x68], 0],
  ['application/x-xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 0],
  ['application/vnd.microsoft.portable-executable', [0x4d, 0x5a], 0],
  ['application/x-elf', [0x7f, 0x45, 0x4c, 0x46], 0],
  ['application/vnd.ms-tnef', [0x78, 0x9f, 0x3e, 0x22], 0],
  ['application/x-ole-storage', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 0],
  ['application/rtf', [0x7b, 0x5c, 0x72, 0x74, 0x66], 0],
  ['audio/mpeg', [0x49, 0x44, 0x33], 0],
  ['audio/ogg', [0x4f, 0x67, 0x67, 0x53], 0],
  ['audio/wav', [0x57, 0x41, 0x56, 0x45], 8],
];

const markup =
  /^\s*(?:<!--[\s\S]{0,500}?-->\s*)*<(?:!doctype\s+html|html|head|body|script|svg|\?xml|iframe|img|table|div|a\s|p>)/i;

const startsWith = (bytes: Uint8Array, signature: readonly number[], at: number): boolean =>
  bytes.length >= at + signature.length && signature.every((value, index) => bytes[at + index] === value);

const head = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 1024));

const isText = (bytes: Uint8Array): boolean => {
  const end = Math.min(bytes.length, 1024);
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x1b) return false;
  }
  return true;
};

/**
 * The type found in the bytes, never the one claimed. Markup is named as such wherever it hides, so that a polyglot
 * called `photo.png` is seen; nothing is unpacked.
 */
export const mediaTypeOf = (bytes: Uint8Array): string => {
  if (bytes.length === 0) return 'application/x-empty';
  const found = signatures.find(([, signature, at]) => startsWith(bytes, signature, at));
  if (found) return found[0];
  if (!isText(bytes)) return 'application/octet-stream';
  const text = head(bytes).replace(/^\u00ef\u00bb\u00bf/, '');
  if (!markup.test(text)) return 'text/plain';
  if (/<svg[\s>]/i.test(text)) return 'image/svg+xml';
  return /^\s*<\?xml/i.test(text) ? 'application/xml' : 'text/html';
};

const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** A name that is only a name: no path, no control or direction characters, not hidden, at most 200 characters. */
export const safeFileName = (raw: string, fallback: string): string => {
  const last = oneLine(raw, 2000).split(/[/\\]/).at(-1) ?? '';
  const name = last
    .replace(/[<>:"|?*\p{Cf}]/gu, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    .trim();
  if (name === '') return fallback;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 16 ? name.slice(dot) : '';
  const stem = name.slice(0, name.length - extension.length).slice(0, 200 - extension.length);
  return reserved.test(name) ? `_${stem}${extension}` : `${stem}${extension}`;
};
