import type { SourceFile } from './source-files';

const ownStart = /\b(createLifecycle|createBus|connectStore|startOpsServer|createTelemetry)\(/;

/** Files of services that start by hand what libs/service starts for all of them. */
export const startsByHand = ({ path, text }: SourceFile): string[] => (ownStart.test(text) ? [path] : []);
