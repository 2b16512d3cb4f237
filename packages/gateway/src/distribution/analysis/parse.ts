import { hash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '@bailiff/contract';
import type { Finding } from '../finding.ts';
import { errorsOf, inParallel, type OpaRun, runOpa } from '../opa.ts';
import { parseFindings } from './mistakes/parse-findings.ts';
import { type BundleModule, type ParsedModule, stringOf } from './syntax.ts';

/** A module and the bundle it belongs to, `kernel` for the kernel’s own. */
export type UnparsedModule = Pick<BundleModule, 'bundle' | 'source'>;

/** Syntax of files that were parsed before, by a digest of their text. Bounded by whoever keeps it. */
export interface ParsedModules {
  get(digest: string): ParsedModule | undefined;
  set(digest: string, syntax: ParsedModule): unknown;
}

/**
 * Parses modules with OPA’s own parser, a few at a time; those in `known` are not parsed again. One process a file: `opa parse` takes no
 * more, and the built-in `rego.parse_module`, which could do many, gives neither rows nor METADATA.
 */
export async function parseModules(
  sources: readonly UnparsedModule[],
  run: OpaRun,
  known: ParsedModules = new Map(),
): Promise<{ readonly modules: readonly BundleModule[]; readonly findings: readonly Finding[] }> {
  const folder = join(run.cwd, 'parse');
  await mkdir(folder);
  const findings: Finding[] = [];
  const parsed = await inParallel([...sources.entries()], async ([position, { bundle, source }]) => {
    const digest = hash('sha256', source.text);
    const before = known.get(digest);
    if (before !== undefined) return moduleOf({ bundle, source }, before);
    // Numbered, so that no name of a file can be taken for an option.
    const path = join(folder, `${position}.rego`);
    await writeFile(path, source.text);
    const args = ['parse', '--format', 'json', '--json-include', 'locations,-comments', path];
    const result = await runOpa({ ...run, timeoutMs: PARSE_TIMEOUT_MS }, args).catch((thrown: unknown) => {
      if (!(thrown instanceof Failure) || thrown.code !== 'policy_unavailable') throw thrown;
      findings.push(tooComplex(source.file));
    });
    if (result === undefined) return undefined;
    if (result.status !== 0) {
      findings.push(...parseFindings({ bundle, source }, errorsOf(result)));
      return undefined;
    }
    const syntax = JSON.parse(result.stdout) as ParsedModule;
    known.set(digest, syntax);
    return moduleOf({ bundle, source }, syntax);
  });
  return { modules: parsed.filter((module) => module !== undefined), findings };
}

function moduleOf(module: UnparsedModule, syntax: ParsedModule): BundleModule {
  const elements = syntax.package.path.slice(1).map(stringOf);
  return { ...module, syntax, package: elements.filter((element) => element !== undefined) };
}

/** Deep nesting makes OPA’s syntax tree grow with the square of its depth. */
const PARSE_TIMEOUT_MS = 15_000;

function tooComplex(file: string): Finding {
  const detail = 'OPA does not parse it in time, or its syntax tree is too large.';
  return { file, row: 1, code: 'module_too_complex', detail, mend: 'Split the file and nest less.' };
}
