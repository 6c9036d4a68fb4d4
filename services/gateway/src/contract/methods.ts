import type { DescField, DescMessage, DescMethod, DescService, FileRegistry, Message } from '@bufbuild/protobuf';
import { getOption, hasOption } from '@bufbuild/protobuf';
import type { PathTemplate } from '../domain/path-template';
import { parseTemplate } from '../domain/path-template';
import { isRead, requiredScope } from '../domain/scopes';

/** One way to call a method over REST. */
export interface HttpRule {
  verb: string;
  template: PathTemplate;
  /** Field that the body fills: '' none, `*` the whole request. */
  body: string;
}

/** A method of the contract with all that the gateway needs to know about it. */
export interface ApiMethod {
  /** `/package.Service/Method`, as gRPC calls it. */
  path: string;
  service: DescService;
  desc: DescMethod;
  input: DescMessage;
  output: DescMessage;
  stream: boolean;
  read: boolean;
  /** Whether a call is written to the audit trail: all but those that only read by their name or by their path. */
  audited: boolean;
  /** Scope that the key must hold; `none` for any valid key. */
  scope: string;
  rules: HttpRule[];
  /** Field of the request that makes it idempotent. */
  requestId?: DescField | undefined;
  /** Field of a streamed message that is its resume point. */
  cursor?: DescField | undefined;
}

interface Rule extends Message {
  pattern: { case?: string; value?: unknown };
  body: string;
  additionalBindings: Rule[];
}

const option = <T>(registry: FileRegistry, method: DescMethod, name: string): T | undefined => {
  const extension = registry.getExtension(name);
  return extension && hasOption(method, extension) ? (getOption(method, extension) as T) : undefined;
};

const ruleOf = ({ pattern, body }: Rule): HttpRule => {
  const { case: verb, value } = pattern;
  if (!verb || typeof value !== 'string') throw new Error('only get, put, post, patch and delete are supported');
  return { verb: verb.toUpperCase(), template: parseTemplate(value), body };
};

const rulesOf = (registry: FileRegistry, method: DescMethod): HttpRule[] => {
  const rule = option<Rule>(registry, method, 'google.api.http');
  return rule ? [rule, ...rule.additionalBindings].map(ruleOf) : [];
};

const textField = (desc: DescMessage, name: string): DescField | undefined =>
  desc.fields.find((field) => field.name === name && field.fieldKind === 'scalar');

const methodOf = (registry: FileRegistry, service: DescService, method: DescMethod): ApiMethod => {
  const area = service.typeName.split('.').at(-3) ?? service.typeName;
  const rules = rulesOf(registry, method);
  const read = isRead(method.name);
  const declared = option<string>(registry, method, 'throughline.common.v1.required_scope') ?? '';
  return {
    path: `/${service.typeName}/${method.name}`,
    service,
    desc: method,
    input: method.input,
    output: method.output,
    stream: method.methodKind === 'server_streaming',
    read,
    audited: !read && !rules.some(({ verb }) => verb === 'GET'),
    scope: requiredScope(area, method.name, declared),
    rules,
    requestId: textField(method.input, 'request_id'),
    cursor: textField(method.output, 'cursor'),
  };
};

/** Every unary and server-streaming method of the services that `serves` says yes to. */
export const methodsOf = (registry: FileRegistry, serves: (typeName: string) => boolean): ApiMethod[] => {
  const services = [...registry].filter((desc): desc is DescService => desc.kind === 'service');
  return services
    .filter(({ typeName }) => serves(typeName))
    .flatMap((service) => service.methods.map((method) => methodOf(registry, service, method)))
    .filter(({ desc }) => desc.methodKind === 'unary' || desc.methodKind === 'server_streaming');
};
