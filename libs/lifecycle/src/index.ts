export { type Lifecycle, type LifecycleStep, createLifecycle } from './lifecycle';
export { type App, type RunOptions, runMain } from './run-main';
