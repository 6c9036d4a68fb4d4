export { CALLER_METADATA, createCallerSigner, createCallerVerifier } from './caller-token';
export { type ClientOptions, createClient } from './client';
export { createRawClient, type RawCallOptions, type RawClient } from './raw-client';
export { type RawCall, type RawMethod, type RawServerOptions, startRawServer } from './raw-server';
export { reflectionService } from './reflection';
export { contractFiles, contractRegistry } from './registry';
export { type RpcServer, type RpcServerOptions, startRpcServer } from './server';
export { codeOf, fromServiceError, refusalOf, toStatus } from './status';
export {
  type Call,
  type Caller,
  type CallOptions,
  type ClientOf,
  Encoded,
  encoded,
  type Handlers,
  implement,
  type RpcService,
} from './types';
export { createValidator } from './validation';
