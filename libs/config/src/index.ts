export { z } from 'zod';
export { ConfigError, parseConfig, readConfig } from './read-config';
export {
  databaseSettings,
  flag,
  integer,
  json,
  kafkaAccess,
  kafkaSettings,
  list,
  port,
  sharedSettings,
  text,
} from './settings';
