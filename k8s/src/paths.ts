import { join } from 'node:path';
import { repoRoot } from '@throughline/local';

export const k8sDir = join(repoRoot, 'k8s');
export const chartDir = join(k8sDir, 'chart');
export const renderedDir = join(k8sDir, 'rendered');
export const observabilityDir = join(chartDir, 'observability');
export const examplesDir = join(k8sDir, 'examples');

/** Sizes that the chart comes with. */
export const profiles = ['dev', 'small', 'production'] as const;
export type Profile = (typeof profiles)[number];
