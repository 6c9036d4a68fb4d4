export { breakingFaults, lintFaults } from './contract';
export { findInfra, type Infra, type InfraOptions, startNative } from './find-infra';
export { LocalError, runCli } from './local-error';
export {
  type MessageProvider,
  type MessageProviderOptions,
  startMessageProvider,
  type TakenMessage,
} from './message-provider';
export { startMongo } from './native/mongo';
export { cacheDir, localDir, repoRoot } from './paths';
export { ports } from './ports';
export { hasCommand } from './processes';
export { type RunningProduct, type RunOptions, runProduct } from './run-product';
export * from './topics';
