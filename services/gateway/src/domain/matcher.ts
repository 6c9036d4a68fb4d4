import type { PathTemplate } from './path-template';

interface Place<T> {
  /** By HTTP method. Paths that differ only in the names of their variables share one place. */
  methods: Map<string, { template: PathTemplate; value: T }>;
}

interface Node<T> {
  literals: Map<string, Node<T>>;
  variable?: Node<T>;
  /** The path may end here. */
  end?: Place<T>;
  /** The path may end here followed by `:verb`. */
  verbs: Map<string, Place<T>>;
}

export type Match<T> =
  | { kind: 'found'; value: T; params: Record<string, string> }
  | { kind: 'wrong-method'; allow: string[] }
  | { kind: 'bad-escape' }
  | { kind: 'none' };

export interface Matcher<T> {
  add(method: string, template: PathTemplate, value: T): void;
  /** `path` is what came over the wire, still escaped, without the query. */
  match(method: string, path: string): Match<T>;
}

const newNode = <T>(): Node<T> => ({ literals: new Map(), verbs: new Map() });

const childOf = <T>(node: Node<T>, segment: PathTemplate['segments'][number]): Node<T> => {
  if ('variable' in segment) {
    node.variable ??= newNode();
    return node.variable;
  }
  const known = node.literals.get(segment.literal);
  if (known) return known;
  const made = newNode<T>();
  node.literals.set(segment.literal, made);
  return made;
};

const placeOf = <T>(node: Node<T>, verb: string | undefined): Place<T> => {
  const known = verb === undefined ? node.end : node.verbs.get(verb);
  if (known) return known;
  const made: Place<T> = { methods: new Map() };
  if (verb === undefined) node.end = made;
  else node.verbs.set(verb, made);
  return made;
};

interface Hit<T> {
  place: Place<T>;
  values: string[];
}

/** Most literal first, and at the end a known `:verb` before the plain path. */
const find = <T>(node: Node<T>, parts: string[], at: number, values: string[]): Hit<T> | undefined => {
  if (at === parts.length) return node.end && { place: node.end, values };
  const part = parts[at]!;
  const literal = node.literals.get(part);
  const straight = literal && find(literal, parts, at + 1, values);
  if (straight || !node.variable || part === '') return straight;
  if (at === parts.length - 1 && node.variable.verbs.size > 0) {
    const colon = part.lastIndexOf(':');
    const place = colon > 0 ? node.variable.verbs.get(part.slice(colon + 1)) : undefined;
    if (place) return { place, values: [...values, part.slice(0, colon)] };
  }
  return find(node.variable, parts, at + 1, [...values, part]);
};

const decoded = (template: PathTemplate, values: string[]): Record<string, string> | undefined => {
  const params: Record<string, string> = {};
  let next = 0;
  try {
    for (const segment of template.segments) {
      if ('variable' in segment) params[segment.variable] = decodeURIComponent(values[next++]!);
    }
    return params;
  } catch {
    return undefined;
  }
};

/** One matcher for all paths of the contract. */
export const createMatcher = <T>(): Matcher<T> => {
  const root = newNode<T>();
  return {
    add(method, template, value) {
      const place = placeOf(template.segments.reduce(childOf, root), template.verb);
      const taken = place.methods.get(method);
      if (taken) throw new Error(`${method} ${template.text} and ${taken.template.text} are the same path`);
      place.methods.set(method, { template, value });
    },
    match(method, path) {
      const hit = path.charCodeAt(0) === 47 ? find(root, path.slice(1).split('/'), 0, []) : undefined;
      if (!hit) return { kind: 'none' };
      const entry = hit.place.methods.get(method);
      if (!entry) return { kind: 'wrong-method', allow: [...hit.place.methods.keys()].sort() };
      const params = decoded(entry.template, hit.values);
      return params ? { kind: 'found', value: entry.value, params } : { kind: 'bad-escape' };
    },
  };
};
