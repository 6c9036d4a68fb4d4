import { toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import { reflectionV1 } from '@throughline/proto';
import { contractFiles, contractRegistry } from './registry';
import type { Definition } from './types';

type Request = reflectionV1.ServerReflectionRequest;
type Response = reflectionV1.ServerReflectionResponse;
type Answer = Response['messageResponse'];

/** A file with everything it imports: tools cannot use one without the other. */
function withImports(name: string, seen = new Map<string, Buffer>()): Map<string, Buffer> {
  const file = contractFiles().file.find((entry) => entry.name === name);
  if (!file || seen.has(name)) return seen;
  seen.set(name, Buffer.from(toBinary(FileDescriptorProtoSchema, file)));
  for (const imported of file.dependency) withImports(imported, seen);
  return seen;
}

const notFound = (what: string): Answer => ({
  $case: 'errorResponse',
  value: { errorCode: status.NOT_FOUND, errorMessage: `${what} is not in the contract` },
});

const fileAnswer = (name: string | undefined, what: string): Answer => {
  const files = name === undefined ? [] : [...withImports(name).values()];
  return files.length === 0
    ? notFound(what)
    : { $case: 'fileDescriptorResponse', value: { fileDescriptorProto: files } };
};

function fileOfSymbol(symbol: string): string | undefined {
  const registry = contractRegistry();
  const service = registry.getService(symbol) ?? registry.getService(symbol.slice(0, symbol.lastIndexOf('.')));
  const desc = service ?? registry.getMessage(symbol) ?? registry.getEnum(symbol) ?? registry.getExtension(symbol);
  return desc ? `${desc.file.name}.proto` : undefined;
}

function answer(request: Request, services: string[]): Answer {
  const asked = request.messageRequest;
  switch (asked?.$case) {
    case 'listServices':
      return { $case: 'listServicesResponse', value: { service: services.map((name) => ({ name })) } };
    case 'fileByFilename':
      return fileAnswer(asked.value, asked.value);
    case 'fileContainingSymbol':
      return fileAnswer(fileOfSymbol(asked.value), asked.value);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = asked.value;
      const found = extensionsOf(containingType).find((entry) => entry.number === extensionNumber);
      return fileAnswer(found && `${found.file.name}.proto`, `${containingType} extension ${extensionNumber}`);
    }
    case 'allExtensionNumbersOfType': {
      const extensionNumber = extensionsOf(asked.value).map((entry) => entry.number);
      return { $case: 'allExtensionNumbersResponse', value: { baseTypeName: asked.value, extensionNumber } };
    }
    default:
      return {
        $case: 'errorResponse',
        value: { errorCode: status.INVALID_ARGUMENT, errorMessage: 'message_request: is required' },
      };
  }
}

const extensionsOf = (typeName: string) => {
  const registry = contractRegistry();
  const all = [...registry].filter((desc) => desc.kind === 'extension');
  return all.filter((desc) => desc.extendee.typeName === typeName);
};

/** Reflection over the contract's own descriptor set, options and imports included. */
export function reflectionService(
  services: string[],
): { definition: Definition; implementation: UntypedServiceImplementation }[] {
  const v1 = reflectionV1.ServerReflectionService as unknown as Definition;
  const [name, method] = Object.entries(v1)[0]!;
  const alpha = { [name]: { ...method, path: method.path.replace('.v1.', '.v1alpha.') } } as Definition;
  const implementation: UntypedServiceImplementation = {
    [name]: (call: ServerDuplexStream<Request, Response>) => {
      call.on('data', (request: Request) => {
        call.write({ validHost: request.host, originalRequest: request, messageResponse: answer(request, services) });
      });
      call.on('end', () => call.end());
    },
  };
  return [v1, alpha].map((definition) => ({ definition, implementation }));
}
