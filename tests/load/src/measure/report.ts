import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { repoRoot } from '@throughline/local';

export interface Line {
  case: string;
  what: string;
  ours: string;
  floor: string;
  ratio: string;
  goal: string;
  met: boolean;
  correct: boolean;
}

/** A result of one case: lines for people, everything measured for machines. */
export interface Result {
  lines: Line[];
  detail: unknown;
}

export const table = (lines: Line[]): string => {
  const head = ['case', 'what', 'ours', 'floor', 'ratio', 'goal', 'met'];
  const rows = lines.map((line) => [
    line.case,
    line.what,
    line.ours,
    line.floor,
    line.ratio,
    line.goal,
    line.correct ? (line.met ? 'yes' : 'NO') : 'VOID',
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const text = (row: string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [text(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(text)].join('\n');
};

export const save = (name: string, result: Result): string => {
  const folder = join(repoRoot, 'tests', 'load', 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
  const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, node: process.version };
  writeFileSync(file, `${JSON.stringify({ name, at: new Date().toISOString(), machine, ...result }, null, 2)}\n`);
  return file;
};
