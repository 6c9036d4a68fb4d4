import { runMain } from '@throughline/lifecycle';
import { buildApp } from './app';
import { loadConfig } from './config';

void runMain({ service: 'feedback', loadConfig, buildApp });
