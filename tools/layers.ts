import { posix } from 'node:path';

/** Each layer of `packages/gateway/src`, and the layers it may import. A layer may always import itself. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  context: [],
  decision: [],
  record: [],
  enforcement: [],
  distribution: [],
  stores: ['context', 'decision', 'record', 'enforcement', 'distribution'], // adapters implement the ports declared there
  'govern.ts': ['protocol', 'context', 'decision', 'record', 'enforcement'],
  insight: ['decision', 'record', 'distribution'],
  control: ['decision', 'record', 'enforcement', 'distribution', 'insight'],
  'config.ts': [],
  commands: [
    'config.ts',
    'main.ts',
    'insight',
    'context',
    'decision',
    'record',
    'enforcement',
    'distribution',
    'stores',
  ],
  'listener.ts': ['protocol'],
  composition: ['*'], // how main.ts ties its parts
  'cli.ts': ['commands'],
  'decision-id.ts': [],
  'main.ts': ['*'],
};

/** Globals that make a run unrepeatable, and the layers in which alone they may appear. */
export const AMBIENT = /\b(?:process\.env|Date\.now\(|Math\.random\(|(?<![.\w])fetch\(|new Date\(\))/;
export const MAY_USE_AMBIENT: readonly string[] = [
  'main.ts',
  'composition',
  'config.ts',
  'cli.ts',
  'commands',
  'stores',
];

export interface SourceFile {
  /** Relative to `packages/gateway/src`, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The folder or file directly below `src` that a path belongs to. */
export function layerOf(path: string): string {
  return path.split('/')[0] ?? path;
}

/** Imports that go against the table, as `from → to`. Static, dynamic and type imports alike. */
export function layerViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
      .map(([, specifier = '']) => posix.normalize(posix.join(posix.dirname(path), specifier)))
      .filter((target) => !isAllowed(layerOf(path), layerOf(target)))
      .map((target) => `${path} → ${target}`),
  );
}

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true;
  const allowed = MAY_IMPORT[from]; // a new folder must take its place in the table
  return allowed !== undefined && (allowed.includes('*') || allowed.includes(to));
}

/** Lines that use the clock, the environment, chance or the network as globals where they must come in as parameters. */
export function ambientViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => !MAY_USE_AMBIENT.includes(layerOf(path)))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ line: line.replace(/^\s*(?:\/\/|\*|\/\*).*$/, ''), row: index + 1 }))
        .filter(({ line }) => AMBIENT.test(line))
        .map(({ line, row }) => `${path}:${row}: ${line.trim()}`),
    );
}

/** Imports of `contract` that are neither its own files nor zod: it must run in a browser. */
export function contractViolations(files: readonly SourceFile[]): string[] {
  return importsBeyond(files, (specifier) => specifier === 'zod');
}

/** Imports of `rego` that are neither its own files, its one dependency nor Node's: it stands alone. */
export function regoViolations(files: readonly SourceFile[]): string[] {
  return importsBeyond(files, (specifier) => specifier === 're2js' || specifier.startsWith('node:'));
}

function importsBeyond(files: readonly SourceFile[], allowed: (specifier: string) => boolean): string[] {
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:import|export)\b[^;']*?from '([^']+)'|import\s*\(\s*'([^']+)'/gm)]
      .map(([, from, loaded]) => from ?? loaded ?? '')
      .filter((specifier) => !allowed(specifier) && !isWithinPackage(path, specifier))
      .map((specifier) => `${path} → ${specifier}`),
  );
}

/** Whether an import of a file, named from its package’s `src`, stays in that folder. */
function isWithinPackage(path: string, specifier: string): boolean {
  return (
    specifier.startsWith('.') && !posix.normalize(posix.join(posix.dirname(path), specifier)).startsWith('..')
  );
}
