import * as ts from 'typescript';
import type { SourceFile } from './source-files';

const forbiddenNames = new Set([
  'process',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'performance',
  'Promise',
]);
const randomOfCrypto = /^(random(UUID|Bytes|Int|FillSync|Fill)|getRandomValues)$/;

const isAsync = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);

const isValue = (node: ts.Identifier): boolean =>
  !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) &&
  !ts.isPropertyAssignment(node.parent) &&
  !ts.isPropertySignature(node.parent) &&
  !ts.isTypeReferenceNode(node.parent);

const faultOf = (node: ts.Node): string | undefined => {
  if (ts.isClassLike(node)) return 'class';
  if (isAsync(node) || ts.isAwaitExpression(node)) return 'async';
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date()';
  if (ts.isPropertyAccessExpression(node) && /^(Date\.now|Math\.random)$/.test(node.getText())) return node.getText();
  if (!ts.isIdentifier(node)) return undefined;
  if (randomOfCrypto.test(node.text)) return node.text;
  return forbiddenNames.has(node.text) && isValue(node) ? node.text : undefined;
};

/** What makes a file impure: clock, chance, waiting, processes, classes. Empty for a pure one. */
export const impurities = ({ path, text }: SourceFile): string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const faults: string[] = [];
  const visit = (node: ts.Node): void => {
    const fault = faultOf(node);
    if (fault) faults.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${fault}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
};

/** Lines that read the environment, outside `config.ts`. */
export const environmentReads = ({ path, text }: SourceFile): string[] =>
  path.endsWith('/config.ts')
    ? []
    : text.split('\n').flatMap((line, at) => (/\bprocess\.env\b/.test(line) ? [`${path}:${at + 1}`] : []));
