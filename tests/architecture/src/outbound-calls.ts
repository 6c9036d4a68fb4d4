import * as ts from 'typescript';
import type { SourceFile } from './source-files';

const modules = /^(node:)?(http|https|http2|net|tls|dgram)$/;
const opening = /^(request|get|connect|createConnection|createSocket|ClientRequest|Socket|TLSSocket|Agent)$/;
const clients = /^(WebSocket|EventSource|XMLHttpRequest)$/;

const moduleOf = (node: ts.Node | undefined): string =>
  node && ts.isStringLiteralLike(node) && modules.test(node.text) ? node.text : '';

/** What opens a connection in the bindings of an import of a module that can. */
const imported = (node: ts.ImportDeclaration): string[] => {
  const { importClause } = node;
  if (!moduleOf(node.moduleSpecifier) || !importClause || importClause.phaseModifier === ts.SyntaxKind.TypeKeyword)
    return [];
  const bindings = importClause.namedBindings;
  if (importClause.name || (bindings && ts.isNamespaceImport(bindings))) return ['a whole module that can call out'];
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
  return named
    .filter(({ isTypeOnly, name, propertyName }) => !isTypeOnly && opening.test((propertyName ?? name).text))
    .map(({ name }) => name.text);
};

const isFetch = (node: ts.Identifier): boolean => {
  if (node.text !== 'fetch') return false;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return /^(globalThis|global)$/.test(parent.expression.getText());
  return !(
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isTypeQueryNode(parent)
  );
};

const faultsOf = (node: ts.Node): string[] => {
  if (ts.isImportDeclaration(node)) return imported(node);
  if (ts.isIdentifier(node)) return isFetch(node) ? ['fetch'] : [];
  if (ts.isNewExpression(node) && clients.test(node.expression.getText())) return [`new ${node.expression.getText()}`];
  if (!ts.isCallExpression(node)) return [];
  const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require';
  return loads && moduleOf(node.arguments[0]) ? [`${node.expression.getText()} of ${moduleOf(node.arguments[0])}`] : [];
};

/** Places where a file opens a connection by itself instead of asking libs/egress. Empty for a file that does not. */
export const outboundCalls = ({ path, text }: SourceFile): string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const faults: string[] = [];
  const visit = (node: ts.Node): void => {
    const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    faults.push(...faultsOf(node).map((fault) => `${path}:${line} ${fault}`));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return faults;
};
