import { deflateRawSync } from 'node:zlib';

/** A file that means harm to whoever opens it, and what may be known of it without opening it. */
export interface HostileFile {
  readonly what: string;
  /** The name a sender gives it. */
  readonly claimed: string;
  readonly claimedType: string;
  readonly bytes: Buffer;
  readonly name: string;
  readonly type: string;
}

const u16 = (value: number): Buffer => Buffer.from([value & 0xff, value >> 8]);
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

/** A zip archive of one deflated entry. `size` is what it claims to be when unpacked, `mode` its Unix mode. */
const zip = (entry: string, packed: Buffer, size: number, mode = 0o100644): Buffer => {
  const name = Buffer.from(entry);
  const facts = Buffer.concat([
    ...[u16(20), u16(0), u16(8), u16(0), u16(0), u32(0), u32(packed.length), u32(size)],
    ...[u16(name.length), u16(0)],
  ]);
  const local = Buffer.concat([u32(0x04034b50), facts, name, packed]);
  const made = u16(0x0314);
  const tail = Buffer.concat([u16(0), u16(0), u16(0), u32(mode * 0x10000), u32(0)]);
  const central = Buffer.concat([u32(0x02014b50), made, facts, tail, name]);
  const end = [u32(0x06054b50), u16(0), u16(0), u16(1), u16(1), u32(central.length), u32(local.length), u16(0)];
  return Buffer.concat([local, central, ...end]);
};

const zeros = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 });
const bomb = zip('zeros.bin', zeros, 0xffffffff);
const nested = Array.from({ length: 8 }).reduce<Buffer>(
  (inner) => zip('again.zip', deflateRawSync(inner), 0xffffffff),
  bomb,
);

const png = (width: number, height: number): Buffer => {
  const header = Buffer.alloc(25);
  header.writeUInt32BE(13, 0);
  header.write('IHDR', 4, 'latin1');
  header.writeUInt32BE(width, 8);
  header.writeUInt32BE(height, 12);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), header]);
};

const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';

const kinds: readonly (readonly [string, string, Buffer, string, string?])[] = [
  ['a zip bomb', 'invoice.zip', bomb, 'application/zip'],
  ['a zip in a zip, nine deep', 'deep.zip', nested, 'application/zip'],
  ['a zip that climbs out', 'slip.zip', zip('../../../../etc/cron.d/x', zeros, 1), 'application/zip'],
  ['a zip with a symbolic link', 'link.zip', zip('link', Buffer.from('/etc/passwd'), 11, 0o120777), 'application/zip'],
  ['a picture of 50,000 by 50,000', 'big.png', png(50_000, 50_000), 'image/png'],
  ['a drawing that runs a script, as a photo', 'photo.jpg', Buffer.from(svg), 'image/svg+xml'],
  ['a page as a picture', 'logo.gif', Buffer.from('<!DOCTYPE html><script>alert(1)</script>'), 'text/html'],
  ['a page behind a comment', 'a.txt', Buffer.from(`<!-- harmless -->${svg}`), 'image/svg+xml'],
  ['a picture that is a script as well', 'p.gif', Buffer.from(`GIF89a/*${svg}*/=1;alert(1)`), 'image/gif'],
  [
    'a PDF with a script',
    'terms.pdf',
    Buffer.from('%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj'),
    'application/pdf',
  ],
  [
    'a program as a document',
    'report.docx',
    Buffer.from('MZ\x90\x00'),
    'application/vnd.microsoft.portable-executable',
  ],
  ['a path of another system', 'C:\\Windows\\system32\\hosts', Buffer.from('x'), 'text/plain', 'hosts'],
  ['a path to the root', '/etc/passwd', Buffer.from('x'), 'text/plain', 'passwd'],
  ['only a climb', '../..', Buffer.from('x'), 'text/plain', 'attachment-1'],
  ['a device', 'con.txt', Buffer.from('x'), 'text/plain', '_con.txt'],
  ['a name read backwards', 'invoice\u202Efdp.exe', Buffer.from('x'), 'text/plain', 'invoicefdp.exe'],
];

export const hostileFiles: readonly HostileFile[] = kinds.map(([what, claimed, bytes, type, name = claimed]) => ({
  what,
  claimed,
  claimedType: 'application/octet-stream',
  bytes,
  name,
  type,
}));

/** A mail with one file. */
export const mailWith = (id: string, { claimed, claimedType, bytes }: HostileFile): string =>
  [
    'From: Eve <eve@evil.example>',
    'To: support@shop.example',
    'Subject: see file',
    `Message-ID: <${id}>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    '',
    'see file',
    '--b',
    `Content-Type: ${claimedType}`,
    `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(claimed)}`,
    'Content-Transfer-Encoding: base64',
    '',
    ...(bytes.toString('base64').match(/.{1,76}/g) ?? []),
    '--b--',
    '',
  ].join('\r\n');
