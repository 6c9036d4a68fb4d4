export { breakingFaults, lintFaults } from './contract';
export { findInfra, type Infra, type InfraOptions, startNative } from './find-infra';
export { LocalError, runCli } from './local-error';
export {
  type MessageProvider,
  type MessageProviderOptions,
  startMessageProvider,
  type TakenMessage,
} from './message-provider';
export { labelBounds, type Metric, metricCatalogue, seriesOf } from './metrics';
export {
  fetchModule,
  fetchTool,
  kubernetesVersion,
  type ToolName,
  toolPath,
} from './native/go-tools';
export { startKafka } from './native/kafka';
export { startMongo } from './native/mongo';
export { type OtlpSink, type SunkSpan, startOtlpSink } from './otlp-sink';
export { cacheDir, localDir, repoRoot } from './paths';
export { ports } from './ports';
export { type RunningProduct, type RunOptions, runProduct } from './run-product';
export { loadSecrets } from './secrets';
export { engineFlags } from './services/supervise';
export { type Product, productOf, type ServiceSpec, serviceTable } from './services/table';
export * from './topics';
