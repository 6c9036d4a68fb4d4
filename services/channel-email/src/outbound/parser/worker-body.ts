import type { MessagePort } from 'node:worker_threads';
import type { Email, PostalMimeOptions } from 'postal-mime';

export interface ParseJob {
  readonly id: number;
  readonly raw: Uint8Array;
}

export interface ParseLimits {
  readonly maxDepth: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly maxParts: number;
  readonly maxRecipients: number;
  readonly maxTextCharacters: number;
  readonly maxHtmlCharacters: number;
}

/** What comes back from the worker; plain data only. */
export interface RawParse {
  headers: { name: string; value: string }[];
  from: { name: string; address: string }[];
  sender: { name: string; address: string }[];
  to: { name: string; address: string }[];
  cc: { name: string; address: string }[];
  subject: string;
  date: string;
  text: string;
  html: string;
  parts: { fileName: string; claimedType: string; content: Uint8Array }[];
  cut: boolean;
}

export type ParseAnswer = { id: number; parsed: RawParse } | { id: number; failure: string };

/**
 * Runs inside the worker thread. The function is handed over as its own source text, so it may use nothing but its
 * arguments: no imports, no helpers of this file.
 */
export function workerBody(port: MessagePort, load: (name: string) => unknown, limits: ParseLimits): void {
  const PostalMime = (
    load('postal-mime') as { default: { parse(raw: Uint8Array, options: PostalMimeOptions): Promise<Email> } }
  ).default;
  const sanitizeHtml = load('sanitize-html') as typeof import('sanitize-html');
  type Box = { name: string; address: string };

  const boxes = (list: unknown, max: number): Box[] => {
    const flat: Box[] = [];
    for (const entry of (Array.isArray(list) ? list : list ? [list] : []) as Email['to'] & object) {
      for (const one of entry.group ?? [entry]) {
        if (flat.length >= max) return flat;
        if (one.address)
          flat.push({ name: String(one.name ?? '').slice(0, 500), address: String(one.address).slice(0, 320) });
      }
    }
    return flat;
  };

  // No styles, no forms, no remote pictures: nothing that runs, phones home or draws over the page around it.
  const sanitise = (html: string): string =>
    sanitizeHtml(html, {
      allowedTags: [
        ...[
          'a',
          'b',
          'blockquote',
          'br',
          'code',
          'del',
          'div',
          'em',
          'h1',
          'h2',
          'h3',
          'h4',
          'h5',
          'h6',
          'hr',
          'i',
          'img',
        ],
        ...[
          'li',
          'ol',
          'p',
          'pre',
          's',
          'span',
          'strong',
          'sub',
          'sup',
          'table',
          'tbody',
          'td',
          'tfoot',
          'th',
          'thead',
          'tr',
        ],
        ...['u', 'ul'],
      ],
      allowedAttributes: {
        a: ['href', 'rel', 'target'],
        img: ['src', 'alt'],
        td: ['colspan', 'rowspan'],
        th: ['colspan', 'rowspan'],
      },
      allowedSchemes: ['http', 'https', 'mailto', 'tel'],
      allowedSchemesByTag: { img: ['cid'] },
      allowProtocolRelative: false,
      nestingLimit: 50,
      transformTags: {
        a: sanitizeHtml.simpleTransform('a', { rel: 'noopener noreferrer nofollow', target: '_blank' }),
      },
    });

  const parse = async (raw: Uint8Array): Promise<RawParse> => {
    const mail = await PostalMime.parse(raw, {
      maxNestingDepth: limits.maxDepth,
      maxHeadersSize: limits.maxHeaderBytes,
      forceRfc822Attachments: true,
    });
    if (mail.headers.length > limits.maxHeaders) throw new Error(`more than ${limits.maxHeaders} headers`);
    if (mail.attachments.length > limits.maxParts) throw new Error(`more than ${limits.maxParts} parts`);
    const text = mail.text ?? '';
    const html = mail.html ?? '';
    return {
      headers: mail.headers.map((header) => ({ name: header.key, value: header.value.slice(0, 70_000) })),
      from: boxes(mail.from, 10),
      sender: boxes(mail.sender, 1),
      to: boxes(mail.to, limits.maxRecipients),
      cc: boxes(mail.cc, limits.maxRecipients),
      subject: (mail.subject ?? '').slice(0, 5_000),
      date: mail.date ?? '',
      text: text.slice(0, limits.maxTextCharacters),
      html: sanitise(html.slice(0, limits.maxHtmlCharacters)),
      parts: mail.attachments.map((part) => ({
        fileName: String(part.filename ?? '').slice(0, 2_000),
        claimedType: part.mimeType.slice(0, 127),
        content: typeof part.content === 'string' ? Buffer.from(part.content) : new Uint8Array(part.content),
      })),
      cut: text.length > limits.maxTextCharacters || html.length > limits.maxHtmlCharacters,
    };
  };

  port.on('message', (job: ParseJob) => {
    parse(job.raw).then(
      (parsed) => port.postMessage({ id: job.id, parsed }),
      (error: Error) => port.postMessage({ id: job.id, failure: String(error.message).slice(0, 200) }),
    );
  });
}
