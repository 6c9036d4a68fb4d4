import { gzipSync } from 'node:zlib';

/** Texts that people and attackers send through every door: each is kept as it is, or refused by name. */
export const texts: [name: string, text: string][] = [
  ['right-to-left override', 'invoice\u202Efdp.exe'],
  ['zero width', 'a\u200Bb\u200D\uFEFFc'],
  ['composed and decomposed', 'caf\u00E9 cafe\u0301'],
  ['one letter with 2,000 accents', `a${'\u0301'.repeat(2_000)}`],
  ['a family in one emoji', '👨‍👩‍👧‍👦'],
  ['a tenant in Cyrillic', 'аcme'],
  ['NUL', 'a\0b'],
  ['line and paragraph separators', 'a\u2028b\u2029c'],
  ['a header', 'hello\r\nBcc: victim@elsewhere.example\r\n\r\nbody'],
  ['escape codes', '\u001B[2J\u001B]0;owned\u0007'],
  ['a line of a log', '{"level":"fatal","msg":"forged"}\n{"level":"fatal"}'],
  ['a script', '<svg onload=alert(1)>"><script>alert(1)</script>'],
  [
    'markup that changes when parsed twice',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  ],
  ['an operator', '{"$ne":null}'],
  ['code for the database', '$where: sleep(10000)'],
  ['a pattern that never ends', '(a+)+$ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'],
  ['a prototype', '__proto__.polluted'],
  ['a template', '{{7*7}}#{7*7}<%= 7*7 %>'],
  ['a path', '../../../../etc/passwd\\..\\..'],
  ['a formula', '=cmd|" /C calc"!A0'],
  ['ten thousand digits', '9'.repeat(900)],
];

/** Half of a surrogate pair, as an escape: it has no bytes of its own. */
export const halfPair = '"a\\ud800"';

/** Bodies that are no JSON object of any contract. */
export const brokenJson: [name: string, body: string | Buffer][] = [
  ['nothing', ''],
  ['half an object', '{"a":'],
  ['an array 60,000 deep', '['.repeat(60_000)],
  ['a byte order mark', '\uFEFF{}'],
  ['a number beyond numbers', '{"a":1e400}'],
  ['a prototype', '{"__proto__":{"polluted":true}}'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['XML', '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'],
];

/** What is said on a line that expects HTTP/1.1. None of it may reach a handler as two requests, or cost a 5xx. */
export const brokenHttp: [name: string, said: string][] = [
  ['two lengths', 'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
  [
    'a length and chunks',
    'POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
  ],
  ['chunks that are none', 'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
  ['a chunk of minus one', 'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nhello\r\n'],
  ['a space before the colon', 'GET /x HTTP/1.1\r\nHost : x\r\nContent-Length : 5\r\n\r\n'],
  ['NUL in the path', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['64 KiB of path', `GET /${'a'.repeat(64 * 1024)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['64 KiB of header', `GET /x HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(64 * 1024)}\r\n\r\n`],
  ['ten thousand headers', `GET /x HTTP/1.1\r\nHost: x\r\n${'X: y\r\n'.repeat(10_000)}\r\n`],
  ['another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
];

const framed = (flag: number, payload: Buffer, length = payload.length): Buffer => {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length >>> 0, 1);
  return Buffer.concat([head, payload]);
};

/** Bodies of a gRPC call. None is a message of any method. */
export const brokenGrpc: [name: string, body: Buffer][] = [
  ['a varint without end', framed(0, Buffer.alloc(32, 0xff))],
  ['a length beyond the end', framed(0, Buffer.from([0x0a, 0xff, 0x7f, 1]))],
  ['ten thousand groups', framed(0, Buffer.alloc(10_000, 0x0b))],
  ['invalid UTF-8', framed(0, Buffer.from([0x0a, 2, 0xc3, 0x28]))],
  ['garbage that says it is compressed', framed(1, Buffer.from('not gzip'))],
  ['a gzip bomb', framed(1, gzipSync(Buffer.alloc(64 * 1024 * 1024)))],
  ['4 MiB and a byte', framed(0, Buffer.alloc(4 * 1024 * 1024 + 1))],
  ['a frame of 4 GiB', framed(0, Buffer.from([1]), 0xffff_ffff)],
  ['two messages', Buffer.concat([framed(0, Buffer.alloc(0)), framed(0, Buffer.alloc(0))])],
  ['no message', Buffer.alloc(0)],
  ['an unknown flag', framed(77, Buffer.from([1, 2, 3]))],
];
