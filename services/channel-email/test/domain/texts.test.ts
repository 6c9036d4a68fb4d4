import { cutToBytes, oneLine } from '../../src/domain/bounds';
import { mediaTypeOf, safeFileName } from '../../src/domain/file-facts';
import { htmlToText } from '../../src/domain/html-text';
import { visibleText } from '../../src/domain/visible-text';

test.each([
  ['top answer', 'Yes please.\n\nOn Mon, 5 Jan 2026 at 10:00, Shop <s@x> wrote:\n> Shall we?\n> Bye', 'Yes please.'],
  ['wrapped attribution', 'Ja.\n\nOn Mon, 5 Jan 2026 at 10:00, A Very Long Name <s@x>\nwrote:\n> Shall we?', 'Ja.'],
  ['german', 'Ja bitte\n\nAm 05.01.2026 um 10:00 schrieb Shop:\n> Sollen wir?', 'Ja bitte'],
  ['chinese', '好的\n\n在 2026年1月5日，Shop 写道：\n> 可以吗', '好的'],
  ['outlook', 'OK\n\n-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: Ada\n\nShall we?', 'OK'],
  ['outlook header block', 'OK\n\nFrom: Shop <s@x>\nSent: Monday\nTo: Ada\nSubject: x\n\nShall we?', 'OK'],
  [
    'answers between quoted lines stay',
    'On Monday Shop wrote:\n> One?\nYes\n> Two?\nNo\nMaybe',
    'On Monday Shop wrote:\n> One?\nYes\n> Two?\nNo\nMaybe',
  ],
  [
    'answers below a greeting and between quoted lines stay',
    'Hi\n\nOn Monday Shop wrote:\n> One?\nYes\n> Two?\nNo',
    'Hi\n\nOn Monday Shop wrote:\n> One?\nYes\n> Two?\nNo',
  ],
  ['nothing but a quotation is kept whole', '> Shall we?', '> Shall we?'],
  ['no quotation', 'Hello\n\nAda wrote a book: really', 'Hello\n\nAda wrote a book: really'],
  ['empty', '', ''],
])('what the sender wrote this time: %s', (_name, text, expected) => {
  expect(visibleText(text)).toBe(expected);
});

test('a long hostile text is trimmed in a moment', () => {
  const start = Date.now();
  visibleText(`${'On '.repeat(200_000)}\n${'> > wrote:\n'.repeat(20_000)}`);
  expect(Date.now() - start).toBeLessThan(2_000);
});

test('text of HTML keeps lines and marks quotations', () => {
  const html = '<p>Yes &amp; no&nbsp;&#x41;</p><div>Bye<br>Ada</div><blockquote><p>Shall we?</p></blockquote>';
  expect(htmlToText(html)).toBe('Yes & no A\n\nBye\nAda\n\n> Shall we?');
});

test('texts are cut at a character', () => {
  expect(cutToBytes('aé€😀', 6)).toBe('aé€');
  expect(cutToBytes('abc', 3)).toBe('abc');
});

test('one line of harmless text', () => {
  expect(oneLine('a\r\nBcc: b\u202e\u0000c', 100)).toBe('a Bcc: b c');
});

test.each([
  [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 'image/png'],
  [Buffer.from('%PDF-1.7'), 'application/pdf'],
  [Buffer.from([0x78, 0x9f, 0x3e, 0x22]), 'application/vnd.ms-tnef'],
  [Buffer.from('<svg onload=alert(1)>'), 'image/svg+xml'],
  [Buffer.from('\ufeff <!-- x --><html>'), 'text/html'],
  [Buffer.from('GIF89a<script>'), 'image/gif'],
  [Buffer.from('just words'), 'text/plain'],
  [Buffer.from([1, 2, 3, 0]), 'application/octet-stream'],
  [Buffer.alloc(0), 'application/x-empty'],
])('the type is found in the bytes (%#)', (bytes, expected) => {
  expect(mediaTypeOf(bytes)).toBe(expected);
});

test.each([
  ['../../etc/passwd', 'passwd'],
  ['C:\\Windows\\evil.exe', 'evil.exe'],
  ['a\r\nContent-Type: x.txt', 'a Content-Type_ x.txt'],
  ['fdp\u202egpj.exe', 'fdpgpj.exe'],
  ['...hidden', 'hidden'],
  ['CON.txt', '_CON.txt'],
  ['\u0000', 'file'],
  [`${'x'.repeat(400)}.pdf`, `${'x'.repeat(196)}.pdf`],
])('file name %j', (raw, expected) => {
  expect(safeFileName(raw, 'file')).toBe(expected);
});
