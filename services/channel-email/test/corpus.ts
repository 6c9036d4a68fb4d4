/** Raw mails: what people send, what machines send, and what attackers send. */

const crlf = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

export interface MailOptions {
  id?: string | undefined;
  from?: string;
  to?: string;
  subject?: string;
  headers?: readonly string[];
  body?: readonly string[];
}

/** A plain text mail. */
export const plain = (options: MailOptions = {}): string =>
  crlf([
    `From: ${options.from ?? 'Ada <ada@customer.example>'}`,
    `To: ${options.to ?? 'support@shop.example'}`,
    `Subject: ${options.subject ?? 'Where is my parcel'}`,
    ...('id' in options && options.id === undefined ? [] : [`Message-ID: <${options.id ?? 'm1@customer.example'}>`]),
    'Content-Type: text/plain; charset=utf-8',
    ...(options.headers ?? []),
    '',
    ...(options.body ?? ['Hello, where is my parcel?']),
  ]);

/** A mail of several parts, each given with its own headers and body lines. */
export const multipart = (
  type: string,
  parts: readonly (readonly string[])[],
  headers: readonly string[] = [],
): string =>
  crlf([
    'From: Ada <ada@customer.example>',
    'To: support@shop.example',
    'Subject: parts',
    'Message-ID: <parts@customer.example>',
    'MIME-Version: 1.0',
    ...headers,
    `Content-Type: ${type}; boundary="b1"`,
    '',
    ...parts.flatMap((part) => ['--b1', ...part]),
    '--b1--',
  ]);

/** A delivery status notification (RFC 3464) about one of our mails. */
export const bounce = (originalId: string, action = 'failed', status = '5.1.1'): string =>
  multipart(
    'multipart/report; report-type=delivery-status',
    [
      ['Content-Type: text/plain', '', 'Your mail could not be delivered.'],
      [
        ...['Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx.customer.example', ''],
        ...['Final-Recipient: rfc822; ada@customer.example', `Action: ${action}`, `Status: ${status}`],
        'Diagnostic-Code: smtp; 550 5.1.1 no such user',
      ],
      ['Content-Type: message/rfc822', '', `Message-ID: <${originalId}>`, 'Subject: hi', '', 'text'],
    ],
    ['Auto-Submitted: auto-replied'],
  ).replace('Ada <ada@customer.example>', 'MAILER-DAEMON@mx.customer.example');

/** A feedback report (RFC 5965) about one of our mails. */
export const complaint = (originalId: string): string =>
  multipart('multipart/report; report-type=feedback-report', [
    ['Content-Type: text/plain', '', 'This is an abuse report.'],
    ['Content-Type: message/feedback-report', '', 'Feedback-Type: abuse', 'User-Agent: Mill/1.0', 'Version: 1'],
    ['Content-Type: message/rfc822', '', `Message-ID: <${originalId}>`, '', 'text'],
  ]);

export const vacation = (): string =>
  plain({ id: 'vac@customer.example', subject: 'Out of office', headers: ['Auto-Submitted: auto-replied'] });

export const mailingList = (): string =>
  plain({ id: 'list@lists.example', headers: ['List-Id: <dev.lists.example>', 'Precedence: list'] });

const nested = (depth: number): string => {
  const open = Array.from({ length: depth }, (_, at) => [
    `Content-Type: multipart/mixed; boundary="n${at}"`,
    '',
    `--n${at}`,
  ]).flat();
  return crlf([
    'From: Eve <eve@evil.example>',
    'To: support@shop.example',
    'Message-ID: <deep@evil.example>',
    ...open,
    '',
    'x',
  ]);
};

const winmail = Buffer.concat([Buffer.from([0x78, 0x9f, 0x3e, 0x22]), Buffer.alloc(200, 7)]).toString('base64');

export const mutatedMarkup = [
  '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<a href="javascript:alert(1)">a</a><a href="&#106;avascript:alert(1)">b</a><a href=" data:text/html,x">c</a>',
  '<div style="background:url(https://evil.example/t.png)">d</div><img src="https://evil.example/pixel.png">',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe><object data=x></object><base href="https://evil.example/">',
];

/** What must never crash, hang or pass as something else. `expected` is how the dialogue may end. */
export const hostile: { name: string; raw: string | Buffer; expected: 'accepted' | 'refused' }[] = [
  { name: 'parts nested 1,000 levels', raw: nested(1_000), expected: 'refused' },
  {
    name: '10,000 recipients',
    raw: plain({ to: Array.from({ length: 10_000 }, (_, at) => `u${at}@x.example`).join(',\r\n ') }),
    expected: 'accepted',
  },
  { name: 'nested address groups', raw: plain({ to: `${'g: '.repeat(20_000)}a@x;` }), expected: 'accepted' },
  {
    name: 'nested comments in an address',
    raw: plain({ from: `${'('.repeat(50_000)} <ada@customer.example>` }),
    expected: 'accepted',
  },
  {
    name: 'a header with line breaks in encoded words',
    raw: plain({ subject: '=?utf-8?Q?x=0D=0ABcc:_all@x?=' }),
    expected: 'accepted',
  },
  {
    name: 'encoded words without end',
    raw: plain({ subject: '=?utf-8?B?QUFB?= '.repeat(20_000) }),
    expected: 'accepted',
  },
  { name: 'an unclosed encoded word', raw: plain({ subject: `=?${'a'.repeat(100_000)}` }), expected: 'accepted' },
  {
    name: 'a thousand boundaries',
    raw: multipart(
      'multipart/mixed',
      Array.from({ length: 3_000 }, () => ['Content-Type: application/x', '', 'x']),
    ),
    expected: 'refused',
  },
  {
    name: 'five thousand headers',
    raw: plain({ headers: Array.from({ length: 5_000 }, (_, at) => `X-${at}: y`) }),
    expected: 'refused',
  },
  {
    name: 'two megabytes of headers',
    raw: plain({ headers: Array.from({ length: 30 }, (_, at) => `X-${at}: ${'y'.repeat(70_000)}`) }),
    expected: 'refused',
  },
  { name: 'no Message-ID', raw: plain({ id: undefined }), expected: 'accepted' },
  { name: 'an empty mail', raw: '\r\n', expected: 'accepted' },
  { name: 'only a header', raw: 'Subject: x\r\n', expected: 'accepted' },
  {
    name: 'bytes that are no mail',
    raw: Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 256)),
    expected: 'accepted',
  },
  {
    name: 'an unknown charset',
    raw: plain({ headers: ['X-A: b'], body: ['h\u00ebllo'] }).replace('utf-8', 'klingon-8'),
    expected: 'accepted',
  },
  {
    name: 'a winmail.dat',
    raw: multipart('multipart/mixed', [
      ['Content-Type: text/plain', '', 'see file'],
      ['Content-Type: application/ms-tnef; name="winmail.dat"', 'Content-Transfer-Encoding: base64', '', winmail],
    ]),
    expected: 'accepted',
  },
  {
    name: 'markup that changes when it is parsed twice',
    raw: multipart('multipart/alternative', [['Content-Type: text/html; charset=utf-8', '', ...mutatedMarkup]]),
    expected: 'accepted',
  },
  {
    name: 'ten thousand nested tags',
    raw: multipart('multipart/alternative', [['Content-Type: text/html', '', '<div>'.repeat(10_000), 'x']]),
    expected: 'accepted',
  },
  {
    name: 'boundaries that contain each other',
    raw: multipart('multipart/mixed', [['Content-Type: multipart/mixed; boundary="b1--"', '', '--b1----', 'x']]),
    expected: 'accepted',
  },
  {
    name: 'a message inside a message, 500 times',
    raw: `${'Content-Type: message/rfc822\r\n\r\n'.repeat(500)}x`,
    expected: 'accepted',
  },
  {
    name: 'broken base64',
    raw: plain({ headers: ['Content-Transfer-Encoding: base64'], body: ['!!!not base64===='] }),
    expected: 'accepted',
  },
];

/** A mail in a legacy charset, as bytes. */
export const chinese = (): Buffer =>
  Buffer.concat([
    Buffer.from(plain({ id: 'gb@customer.example', body: [] }).replace('utf-8', 'gb18030')),
    Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0d, 0x0a]),
  ]);
