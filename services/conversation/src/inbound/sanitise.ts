import sanitizeHtml from 'sanitize-html';

const rules: sanitizeHtml.IOptions = {
  allowedTags: [...sanitizeHtml.defaults.allowedTags, 'img'],
  allowedAttributes: { a: ['href', 'title'], img: ['alt', 'title'], '*': ['dir', 'lang'] },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  disallowedTagsMode: 'discard',
  // Deep nesting is an attack on whoever walks the tree.
  nestingLimit: 100,
};

/** Markup without scripts, styles, forms and remote images; still to be shown in a sandbox only. */
export const sanitised = (html: string): string => sanitizeHtml(html, rules);
