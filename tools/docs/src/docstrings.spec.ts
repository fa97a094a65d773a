import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from './documents.js';

const libs = join(repositoryRoot, 'libs');
const entries = readdirSync(libs)
  .flatMap((lib) => ['index.ts', 'client/index.ts', 'service/index.ts'].map((file) => join(libs, lib, 'src', file)))
  .filter((file) => existsSync(file));

const program = ts.createProgram(entries, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  customConditions: ['@huma-poweroffice/source'],
  experimentalDecorators: true,
  skipLibCheck: true,
  noEmit: true,
});
const checker = program.getTypeChecker();

const exportsOf = (file: string): ts.Symbol[] => {
  const source = program.getSourceFile(file);
  const symbol = source && checker.getSymbolAtLocation(source);
  const exported = symbol ? checker.getExportsOfModule(symbol) : [];
  return exported.map((e) => (e.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(e) : e));
};

const isCallable = (symbol: ts.Symbol, declaration: ts.Declaration): boolean =>
  (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0 ||
  ((symbol.flags & ts.SymbolFlags.Variable) !== 0 &&
    checker.getTypeOfSymbolAtLocation(symbol, declaration).getCallSignatures().length > 0);

/** Where each public function and class of the libs is, and whether it says what it promises. */
const callables = entries.flatMap((file) =>
  exportsOf(file).flatMap((symbol) => {
    const [declaration] = symbol.declarations ?? [];
    const from = declaration && relative(repositoryRoot, declaration.getSourceFile().fileName);
    if (!from?.startsWith('libs/') || from.includes('/generated/') || !isCallable(symbol, declaration!)) return [];
    const says = symbol.getDocumentationComment(checker).length + symbol.getJsDocTags(checker).length > 0;
    return [{ name: `${from} ${symbol.name}`, says }];
  }),
);

it('every public function and class of the libs says what it promises', () => {
  expect(callables.length).toBeGreaterThan(100);
  expect(callables.filter(({ says }) => !says).map(({ name }) => name)).toEqual([]);
});
