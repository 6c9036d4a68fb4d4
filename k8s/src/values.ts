import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { chartDir } from './paths';

export type ServiceEntry = {
  packages?: string[];
  public?: string[];
  kafka?: boolean;
  secretEnv?: Record<string, string>;
  optionalSecretEnv?: Record<string, string>;
};

/** The chart's one map of services. */
export const chartServices = (): Record<string, ServiceEntry> =>
  (parse(readFileSync(join(chartDir, 'values.yaml'), 'utf8')) as { services: Record<string, ServiceEntry> }).services;
