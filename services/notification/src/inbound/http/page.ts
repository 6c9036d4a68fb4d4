const escaped: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => escaped[character]!);

export interface Choice {
  name: string;
  value: string;
  label: string;
  /** Language of the label when it is not that of the page. */
  lang?: string;
  /** Times of the day that are sent along. */
  fields?: { name: string; label: string; value: string }[];
}

const fieldOf = ({ name, label, value }: { name: string; label: string; value: string }): string =>
  `<label>${escape(label)} <input type="time" name="${escape(name)}" value="${escape(value)}" required></label> `;

/** A page that works without scripts; buttons send the form they stand in. */
export const page = (language: string, title: string, lines: string[], choices: Choice[]): string => {
  const buttons = choices
    .map(
      ({ name, value, label, lang, fields = [] }) =>
        `<form method="post">${fields.map(fieldOf).join('')}<button name="${escape(name)}" value="${escape(value)}"${lang ? ` lang="${escape(lang)}"` : ''}>${escape(label)}</button></form>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="${escape(language || 'en')}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escape(title)}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}button,input{font:inherit;padding:.6rem 1rem;margin:.3rem 0}</style>
</head>
<body><main><h1>${escape(title)}</h1>
${lines.map((line) => `<p>${escape(line)}</p>`).join('\n')}
${buttons}</main></body></html>`;
};

/** Headers of every page: nothing from elsewhere, no trace of where the reader came from. */
export const pageHeaders: Record<string, string> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};
