import type { Json } from '@bailiff/contract';
import { analyse } from '../../analysis/analyse.ts';
import { parseModules } from '../../analysis/parse.ts';
import { readPart } from '../../parts/pack-part.ts';
import type { BundleSource } from '../../sources/read-bundle.ts';
import { openStage } from '../../stage.ts';
import { metadata, OPA } from '../../testing/sample-release.ts';
import type { LintFinding } from '../finding.ts';
import { lint } from '../lint.ts';
import { type LintSubject, lintSubject } from '../subject.ts';

/** A bundle whose rules lint looks at. */
export interface LintedText {
  /** Default: `compliance`. */
  readonly bundle?: string;
  /** Without its package; `META` stands for METADATA that lacks nothing, `META{…}` for such with more under `custom`. */
  readonly rego: string;
  /** Without its package. Default: none. */
  readonly tests?: string;
  /** YAML. */
  readonly data?: string;
  /** As `bundle.yaml` says it. Default: that it says nothing. */
  readonly level?: 'simple';
  /** Server → tool → JSON Schema of its arguments. */
  readonly tools?: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** When tests are made. */
export const NOW = new Date('2026-11-22T13:45:00Z');

/** What lint finds in one bundle. */
export async function lintBundle(text: LintedText): Promise<readonly LintFinding[]> {
  return lint(await subjectOf(text), { kind: 'alone' });
}

/** One bundle as lint looks at it. */
export async function subjectOf(text: LintedText): Promise<LintSubject> {
  const { bundle: name = 'compliance', rego, tests = '', data, level, tools = {} } = text;
  const read = await readPart(
    name,
    new Map(Object.entries(filesOf({ name, rego, tests, data, level })).map(encoded)),
  );
  if (read.kind === 'refused') throw new Error(JSON.stringify(read.findings));
  const bundle = read.value;
  await using stage = await openStage();
  const run = { opa: OPA, cwd: stage.path, signal: new AbortController().signal };
  const sources = [...bundle.modules, ...bundle.tests].map((source) => ({ bundle: name, source }));
  const { modules, findings } = await parseModules(sources, run);
  if (findings.length > 0) throw new Error(JSON.stringify(findings));
  const isTest = ({ source }: { readonly source: { readonly file: string } }) =>
    source.file.endsWith('_test.rego');
  const shipped = modules.filter((module) => !isTest(module));
  return lintSubject({
    ...{ bundles: [bundle], modules: shipped, tests: modules.filter(isTest), data: dataOf(bundle), now: NOW },
    analysis: analyse([bundle], shipped, dataOf(bundle)),
    tools: new Map(
      Object.entries(tools).map(([server, schemas]) => [server, new Map(Object.entries(schemas))]),
    ),
  });
}

/** METADATA in the place of `META`, and of `META{…}` with what it adds. */
export function withMetadata(rego: string): string {
  return rego.replaceAll(/^META(?:\{(.*)\})?$/gm, (_whole, added: string | undefined) =>
    metadata('sample_reason', added === undefined ? [] : added.split('; ')).trimEnd(),
  );
}

function filesOf({
  name,
  rego,
  tests,
  data,
  level,
}: {
  name: string;
  rego: string;
  tests: string;
  data: string | undefined;
  level: string | undefined;
}) {
  const path = packageOf(name);
  return {
    'bundle.yaml': `name: ${name}\nversion: 1.0.0\nowner: owners\n${level === undefined ? '' : `level: ${level}\n`}`,
    'x.rego': `package ${path}\n\n${withMetadata(rego)}\n`,
    ...(tests !== '' && {
      'x_test.rego': `package ${path}_test\n\nimport data.${path} as own\n\n${tests}\n`,
    }),
    ...(data !== undefined && { 'data.yaml': data }),
  };
}

function packageOf(name: string): string {
  return name.includes('/') ? name.replaceAll('/', '.') : `policy.${name}`;
}

function encoded([path, text]: [string, string]): [string, Uint8Array] {
  return [path, new TextEncoder().encode(text)];
}

function dataOf({ root, data }: BundleSource) {
  return root.reduceRight((below, element) => ({ [element]: below }), data);
}
