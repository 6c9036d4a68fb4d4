import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { commentOf } from './comments';
import type { ApiMethod, HttpRule } from './methods';

type Json = Record<string, unknown>;

const described = (desc: Parameters<typeof commentOf>[0]): Json => {
  const description = commentOf(desc);
  return description ? { description } : {};
};

const integers = new Set([
  ScalarType.INT32,
  ScalarType.SINT32,
  ScalarType.UINT32,
  ScalarType.FIXED32,
  ScalarType.SFIXED32,
]);

const scalarSchema = (type: ScalarType): Json => {
  if (integers.has(type)) return { type: 'integer', format: 'int32' };
  switch (type) {
    case ScalarType.BOOL:
      return { type: 'boolean' };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: 'number' };
    case ScalarType.STRING:
      return { type: 'string' };
    case ScalarType.BYTES:
      return { type: 'string', contentEncoding: 'base64' };
    default:
      // 64-bit numbers are text in proto-JSON: JavaScript would round them.
      return { type: 'string', format: 'int64' };
  }
};

const wellKnown: Record<string, Json> = {
  'google.protobuf.Timestamp': { type: 'string', format: 'date-time' },
  'google.protobuf.Duration': { type: 'string', examples: ['1.5s'] },
  'google.protobuf.FieldMask': { type: 'string', examples: ['subject,priority'] },
  'google.protobuf.Any': { type: 'object', properties: { '@type': { type: 'string' } }, additionalProperties: true },
};

const nameOf = (desc: DescMessage | DescEnum): string => desc.typeName.replace(/^throughline\./, '');

/** Schemas that the paths need, added as they are met. */
const createSchemas = () => {
  const schemas: Json = {};
  const refTo = (desc: DescMessage | DescEnum): Json => {
    const known = wellKnown[desc.typeName];
    if (known) return known;
    const name = nameOf(desc);
    if (!(name in schemas)) {
      schemas[name] = {};
      schemas[name] = desc.kind === 'enum' ? enumSchema(desc) : messageSchema(desc);
    }
    return { $ref: `#/components/schemas/${name}` };
  };
  const enumSchema = (desc: DescEnum): Json => ({
    type: 'string',
    enum: desc.values.map(({ name }) => name),
    ...described(desc),
  });
  const single = (field: DescField): Json => {
    const target = (field as { message?: DescMessage }).message ?? (field as { enum?: DescEnum }).enum;
    return target ? refTo(target) : scalarSchema((field as { scalar: ScalarType }).scalar);
  };
  const fieldSchema = (field: DescField): Json => {
    const inner = single(field);
    if (field.fieldKind === 'list') return { type: 'array', items: inner, ...described(field) };
    if (field.fieldKind === 'map') return { type: 'object', additionalProperties: inner, ...described(field) };
    return { ...inner, ...described(field) };
  };
  const messageSchema = (desc: DescMessage, without: Set<string> = new Set()): Json => ({
    type: 'object',
    properties: Object.fromEntries(
      desc.fields.filter(({ name }) => !without.has(name)).map((field) => [field.jsonName, fieldSchema(field)]),
    ),
    additionalProperties: false,
    ...described(desc),
  });
  return { schemas, refTo, fieldSchema, messageSchema };
};

type Schemas = ReturnType<typeof createSchemas>;

const problemResponse = { $ref: '#/components/responses/Problem' };

const variablesOf = (rule: HttpRule): string[] =>
  rule.template.segments.flatMap((segment) => ('variable' in segment ? [segment.variable] : []));

const parametersOf = (method: ApiMethod, rule: HttpRule, schemas: Schemas): Json[] => {
  const inPath = new Set(variablesOf(rule));
  const field = (name: string) => method.input.fields.find((entry) => entry.name === name);
  // Viewers show the text of a parameter, not that of its schema.
  const parameter = (name: string, entry: DescField | undefined): Json => {
    const { description, ...schema }: Json = entry ? schemas.fieldSchema(entry) : { type: 'string' };
    return { name, ...(description ? { description } : {}), schema };
  };
  const path = [...inPath].map((name) => ({ ...parameter(name, field(name)), in: 'path', required: true }));
  const plain = (entry: DescField) =>
    entry.fieldKind !== 'map' && !(entry.message && !wellKnown[entry.message.typeName]);
  const query =
    rule.body === '*'
      ? []
      : method.input.fields
          .filter((entry) => !inPath.has(entry.name) && entry.name !== rule.body && plain(entry))
          .map((entry) => ({ ...parameter(entry.jsonName, entry), in: 'query' }));
  return [...path, ...query, ...headerParameters(method)];
};

const headerParameters = (method: ApiMethod): Json[] => {
  if (method.stream) return [{ name: 'Last-Event-ID', in: 'header', schema: { type: 'string', maxLength: 512 } }];
  if (method.read) return [];
  return [{ name: 'Idempotency-Key', in: 'header', schema: { type: 'string', maxLength: 128 } }];
};

const bodyOf = (method: ApiMethod, rule: HttpRule, schemas: Schemas): Json => {
  if (rule.body === '') return {};
  const field = method.input.fields.find(({ name }) => name === rule.body);
  const schema = field ? schemas.fieldSchema(field) : schemas.messageSchema(method.input, new Set(variablesOf(rule)));
  return { requestBody: { content: { 'application/json': { schema } } } };
};

const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;

const operationOf = (method: ApiMethod, rule: HttpRule, schemas: Schemas): Json => {
  const schema = schemas.refTo(method.output);
  const content = method.stream
    ? { 'text/event-stream': { schema }, 'application/x-ndjson': { schema } }
    : { 'application/json': { schema } };
  return {
    operationId: `${method.service.name}_${method.desc.name}`,
    tags: [method.service.name],
    summary: firstSentence(commentOf(method.desc)) || method.desc.name,
    description: [
      `\`${method.desc.name}\``,
      commentOf(method.desc),
      method.scope === 'none' ? '' : `Scope: \`${method.scope}\`.`,
    ]
      .filter(Boolean)
      .join('\n\n'),
    parameters: parametersOf(method, rule, schemas),
    ...bodyOf(method, rule, schemas),
    responses: { 200: { description: 'Done.', content }, '4XX': problemResponse, '5XX': problemResponse },
  };
};

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'reason'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    reason: { type: 'string', description: 'Stable and upper case, for programs.' },
    violations: {
      type: 'array',
      items: {
        type: 'object',
        properties: { field: { type: 'string' }, rule: { type: 'string' }, description: { type: 'string' } },
      },
    },
    metadata: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

/** Paths that differ only in the names of their variables are one path to OpenAPI, so the first names win. */
const pathsOf = (methods: ApiMethod[], schemas: Schemas): Json => {
  const paths = new Map<string, { text: string; item: Json }>();
  for (const method of methods) {
    for (const rule of method.rules) {
      const { text } = rule.template;
      const shape = text.replace(/\{[^}]+\}/g, '{}');
      const entry = paths.get(shape) ?? { text, item: {} };
      const renamed = renameParameters(operationOf(method, rule, schemas), text, entry.text);
      entry.item[rule.verb.toLowerCase()] = renamed;
      paths.set(shape, entry);
    }
  }
  return Object.fromEntries([...paths.values()].map(({ text, item }) => [text, item]));
};

const renameParameters = (operation: Json, from: string, to: string): Json => {
  const names = (text: string) => [...text.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!);
  const renamed = new Map(names(from).map((name, index) => [name, names(to)[index]!]));
  const parameters = (operation['parameters'] as Json[]).map((parameter) =>
    parameter['in'] === 'path' ? { ...parameter, name: renamed.get(parameter['name'] as string) } : parameter,
  );
  return { ...operation, parameters };
};

const apiKeyHelp = 'A key that CreateApiKey gave, or on your own machine the demo key that `npm start` prints.';

/** The REST side of the contract as OpenAPI 3.1. Its descriptors must carry comments. */
export const openApiOf = (methods: ApiMethod[]): object => {
  const schemas = createSchemas();
  const withRules = methods.filter(({ rules }) => rules.length > 0);
  const paths = pathsOf(withRules, schemas);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Throughline',
      version: 'v1',
      description: 'Customer-service core: conversations, identity and one timeline per customer.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [...new Set(withRules.map(({ service }) => service.name))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'tl_<id>_<secret>', description: apiKeyHelp },
      },
      responses: {
        Problem: {
          description: 'What went wrong, with a stable reason.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      schemas: { ...schemas.schemas, Problem: problemSchema },
    },
  };
};
