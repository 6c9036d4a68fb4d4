export { createLifecycle, type Lifecycle, type LifecycleStep } from './lifecycle';
export { type App, type RunOptions, runMain } from './run-main';
