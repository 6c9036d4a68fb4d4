import { z } from 'zod';

type Environment = Record<string, string | undefined>;

/** Every wrong setting, one line each. */
export class ConfigError extends Error {
  readonly lines: string[];

  constructor(lines: string[]) {
    super(lines.join('\n'));
    this.name = 'ConfigError';
    this.lines = lines;
  }
}

const exampleOf = (schema: unknown): string | undefined => {
  const examples = schema instanceof z.ZodType ? schema.meta()?.examples : undefined;
  const example = Array.isArray(examples) ? examples[0] : undefined;
  return example === undefined ? undefined : String(example);
};

const ruleOf = (issue: z.core.$ZodIssue, missing: boolean): string => {
  const inside = issue.path.slice(1).join('.');
  return `${inside ? `${inside}: ` : ''}${missing && !inside ? 'is required' : issue.message}`;
};

/** Names of settings without which this one means nothing: its meta data says so. */
const needsOf = (schema: unknown): string[] => {
  const needs = schema instanceof z.ZodType ? schema.meta()?.['needs'] : undefined;
  return Array.isArray(needs) ? needs.map(String) : [];
};

/** Reads the settings or throws a ConfigError. Values never appear in the message: they may be secrets. */
export const parseConfig = <T extends z.ZodObject>(schema: T, env: Environment): z.output<T> => {
  const shape = schema.shape as Record<string, unknown>;
  // An empty variable means "not set", as in compose files and charts.
  const given = Object.fromEntries(
    Object.keys(shape).flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])),
  );
  const result = schema.safeParse(given);
  const alone = Object.keys(given).flatMap((name) =>
    needsOf(shape[name]).flatMap((needed) => {
      const example = exampleOf(shape[needed]);
      return needed in given
        ? []
        : [`${needed}: is required when ${name} is set${example ? `, for example ${needed}=${example}` : ''}`];
    }),
  );
  if (result.success && alone.length === 0) return result.data;
  const issues = result.success ? [] : result.error.issues;
  const lines = issues.map((issue) => {
    const name = String(issue.path[0] ?? '(settings)');
    const example = exampleOf(shape[name]);
    return `${name}: ${ruleOf(issue, given[name] === undefined)}${example ? `, for example ${name}=${example}` : ''}`;
  });
  throw new ConfigError([...new Set([...lines, ...alone])]);
};

/** Reads the settings, or names every wrong one on stderr and ends the process with 78 (EX_CONFIG). */
export const readConfig = <T extends z.ZodObject>(schema: T, env: Environment): z.output<T> => {
  try {
    return parseConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(78);
  }
};
