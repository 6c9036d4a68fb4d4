import { Refusal } from '@throughline/core';
import type { Template as Parsed } from 'liquidjs';
import { Liquid } from 'liquidjs';
import { LRUCache } from 'lru-cache';
import type { Template } from '../domain/template/template';
import type { Renderer, Words } from '../use-cases/ports';

// Words of a tenant are a program that we run: no files, no endless loops, nothing unknown.
const limits = {
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  parseLimit: 100_000,
  renderLimit: 200,
  memoryLimit: 1_000_000,
  templates: {},
  relativeReference: false,
  dynamicPartials: false,
};
const plain = new Liquid(limits);
const escaping = new Liquid({ ...limits, outputEscape: 'escape' });

const refuse = (reason: string, field: string, description: string): Refusal =>
  new Refusal('invalid', reason, `${field}: ${description}`, {
    violations: [{ field, rule: reason.toLowerCase(), description }],
  });

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0]!.slice(0, 300);

/** Fills templates in by Liquid, strictly. Parsed forms are kept; the words themselves are their names. */
export const createRenderer = (): Renderer => {
  const parsed = new LRUCache<string, Parsed[]>({ max: 2_000 });
  const parse = (engine: Liquid, source: string): Parsed[] => {
    const name = `${engine === escaping ? 'h' : 't'}${source}`;
    let found = parsed.get(name);
    if (!found) {
      found = engine.parse(source);
      parsed.set(name, found);
    }
    return found;
  };
  const fill = (engine: Liquid, source: string, values: Record<string, string>, field: string): string => {
    if (!source.includes('{')) return source;
    try {
      return engine.renderSync(parse(engine, source), values) as string;
    } catch (error) {
      const text = firstLine(error);
      if (/undefined variable/.test(text)) throw refuse('TEMPLATE_VARIABLE_UNKNOWN', field, text);
      throw refuse('TEMPLATE_INVALID', field, text);
    }
  };
  const used = (engine: Liquid, source: string, field: string): string[] => {
    try {
      return engine.globalVariablesSync(parse(engine, source)).map(String);
    } catch (error) {
      throw refuse('TEMPLATE_INVALID', field, firstLine(error));
    }
  };
  return {
    check({ texts, variables }: Template) {
      texts.forEach((text, i) => {
        for (const part of ['subject', 'text', 'html'] as const) {
          const field = `template.texts[${i}].${part}`;
          const unknown = used(part === 'html' ? escaping : plain, text[part], field).find(
            (name) => !variables.includes(name),
          );
          if (unknown)
            throw refuse('TEMPLATE_VARIABLE_UNKNOWN', field, `${unknown} is not among the declared variables`);
        }
      });
    },
    render: (words: Words, values) => ({
      subject: fill(plain, words.subject, values, 'template.subject'),
      text: fill(plain, words.text, values, 'template.text'),
      html: fill(escaping, words.html, values, 'template.html'),
    }),
  };
};
