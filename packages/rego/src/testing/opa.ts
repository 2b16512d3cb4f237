import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readJson } from '../values/read-json.ts';
import type { Value } from '../values/value.ts';
import { writeJson } from '../values/write-json.ts';

/** The real `opa` that tests plan and evaluate with. */
const OPA = process.env.BAILIFF_OPA ?? 'opa';

/** Plans modules with `opa build -t plan`. @returns the text of `plan.json`. */
export function planOf(modules: string | Readonly<Record<string, string>>, ...entrypoints: string[]): string {
  return inFolder(modules, (folder, files) => {
    const bundle = join(folder, 'bundle.tar.gz');
    const flags = entrypoints.flatMap((entrypoint) => ['-e', entrypoint]);
    execFileSync(OPA, ['build', '-t', 'plan', ...flags, '-o', bundle, ...files], {
      cwd: folder,
      stdio: 'pipe',
    });
    return execFileSync('tar', ['-xzOf', bundle, '/plan.json'], { encoding: 'utf8', stdio: 'pipe' });
  });
}

/** What the real OPA evaluates a query to, with strict built-in errors: JSON text, `undefined` or `code: message`. */
export function opaAnswer(
  modules: string | Readonly<Record<string, string>>,
  query: string,
  documents: { readonly input?: string; readonly data?: string } = {},
): string {
  return inFolder(modules, (folder, files) => {
    const data = join(folder, 'data.json');
    const input = join(folder, 'input.json');
    writeFileSync(data, documents.data ?? '{}');
    writeFileSync(input, documents.input ?? 'null');
    const sources = [...files, 'data.json'].flatMap((file) => ['-d', file]);
    const given = documents.input === undefined ? [] : ['-i', input];
    const args = ['eval', '-f', 'json', '--strict-builtin-errors', ...sources, ...given, query];
    const { result, errors } = outputOf(args, folder);
    if (errors !== undefined) return `${errors[0]?.code}: ${errors[0]?.message}`;
    return result === undefined ? 'undefined' : writeJson(result[0]?.expressions[0]?.value ?? null);
  });
}

interface OpaOutput {
  readonly result?: readonly { readonly expressions: readonly { readonly value: Value }[] }[];
  readonly errors?: readonly { readonly code: string; readonly message: string }[];
}

function outputOf(args: readonly string[], cwd: string): OpaOutput {
  try {
    return readJson(
      execFileSync(OPA, args, { cwd, encoding: 'utf8', stdio: 'pipe' }),
    ) as unknown as OpaOutput;
  } catch (error) {
    return JSON.parse((error as { readonly stdout: string }).stdout) as OpaOutput;
  }
}

function inFolder<Result>(
  modules: string | Readonly<Record<string, string>>,
  use: (folder: string, files: readonly string[]) => Result,
): Result {
  const folder = mkdtempSync(join(tmpdir(), 'rego-'));
  try {
    const named = typeof modules === 'string' ? { 'policy.rego': modules } : modules;
    for (const [name, text] of Object.entries(named)) writeFileSync(join(folder, name), text);
    return use(folder, Object.keys(named));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
