/** A path of google.api.http, taken apart: `/v1/customers/{customer_id}/timeline:watch`. */
export interface PathTemplate {
  text: string;
  segments: Segment[];
  /** Word after the last colon, when the last segment is a variable: `{id}:hold`. */
  verb?: string | undefined;
}

export type Segment = { literal: string } | { variable: string };

const variable = /^\{([a-z][a-z0-9_.]*)(?:=\*)?\}$/;
const literal = /^[A-Za-z0-9._~-]+(?::[A-Za-z][A-Za-z0-9]*)?$/;

const segmentOf = (text: string, template: string): Segment => {
  const name = variable.exec(text)?.[1];
  if (name) return { variable: name };
  if (!literal.test(text)) throw new Error(`the path ${template} has a part that is not supported: ${text}`);
  return { literal: text };
};

/** Reads a template; patterns that span several segments are refused, since nothing here needs them. */
export const parseTemplate = (text: string): PathTemplate => {
  if (!text.startsWith('/')) throw new Error(`the path ${text} must begin with a slash`);
  const verb = /\}:([A-Za-z][A-Za-z0-9]*)$/.exec(text)?.[1];
  const plain = verb ? text.slice(0, -verb.length - 1) : text;
  const segments = plain
    .slice(1)
    .split('/')
    .map((part) => segmentOf(part, text));
  return { text, segments, verb };
};

/** The path with its variables filled in; one that has no value stays as it is written. */
export const fillTemplate = ({ segments, verb }: PathTemplate, valueOf: (variable: string) => string): string => {
  const parts = segments.map((segment) =>
    'literal' in segment ? segment.literal : valueOf(segment.variable) || `{${segment.variable}}`,
  );
  return `/${parts.join('/')}${verb ? `:${verb}` : ''}`;
};
