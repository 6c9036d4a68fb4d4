export { createLifecycle, type Lifecycle, type LifecycleStep } from './lifecycle';
export { createRounds, type Rounds, type RoundsOptions } from './rounds';
export { type App, type RunOptions, runMain } from './run-main';
