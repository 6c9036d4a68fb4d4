const escaped: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => escaped[character]!);

export interface Choice {
  name: string;
  value: string;
  label: string;
}

/** A page that works without scripts; buttons send the form they stand in. */
export const page = (language: string, title: string, lines: string[], choices: Choice[]): string => {
  const buttons = choices
    .map(
      ({ name, value, label }) =>
        `<form method="post"><button name="${escape(name)}" value="${escape(value)}">${escape(label)}</button></form>`,
    )
    .join('\n');
  return `<!doctype html>
<html lang="${escape(language || 'en')}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${escape(title)}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.6rem 1rem;margin:.3rem 0}</style>
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
