const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

const decode = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name) return entities[String(name).toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
  });

const breaks = new Set([
  'br',
  'p',
  'div',
  'li',
  'tr',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'ul',
  'ol',
  'table',
  'pre',
  'hr',
]);

/** Text of already sanitised HTML; quotations get the `> ` that plain mails give them. */
export const htmlToText = (html: string): string => {
  const lines: string[] = [];
  let line = '';
  let depth = 0;
  const flush = (): void => {
    const text = decode(line)
      .replace(/[ \t\u00a0]+/g, ' ')
      .trim();
    if (text !== '' || lines.at(-1) !== '') lines.push(text === '' ? '' : `${'> '.repeat(Math.min(depth, 10))}${text}`);
    line = '';
  };
  for (const [piece] of html.matchAll(/<[^>]*>|[^<]+/g)) {
    if (!piece.startsWith('<')) {
      line += piece.replace(/\s+/g, ' ');
      continue;
    }
    const name = /^<\/?([a-z0-9]+)/i.exec(piece)?.[1]?.toLowerCase() ?? '';
    if (name === 'blockquote') {
      flush();
      depth = Math.max(0, depth + (piece.startsWith('</') ? -1 : 1));
    } else if (breaks.has(name)) flush();
  }
  flush();
  return lines.join('\n').trim();
};
