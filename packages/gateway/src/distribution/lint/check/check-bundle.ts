import type { JsonObject } from '@bailiff/contract';
import type { Finding } from '../../finding.ts';
import { checkPart, nameOf } from '../../parts/inspect-part.ts';
import { readPart } from '../../parts/pack-part.ts';
import type { BundleFiles } from '../../sources/bundle-files.ts';
import { lintSources } from './lint-sources.ts';
import { type CheckReport, type CheckTools, graded } from './report.ts';

/**
 * What is wrong or doubtful about one bundle, told without the rest of a release: what it reads of others, and whether it is
 * registered to grant, is not judged. Files are named relative to the bundle’s folder.
 * @throws Failure when `opa` cannot be run.
 */
export async function checkBundle(files: BundleFiles, tools: CheckTools): Promise<CheckReport> {
  const name = nameOf(files);
  if (name.kind === 'refused') return { findings: graded(name.findings), isLinted: false };
  const located = <Found extends Finding>(finding: Found): Found => ({
    ...finding,
    file: finding.file === name.value ? '.' : finding.file.replace(`${name.value}/`, ''),
  });
  const read = await readPart(name.value, files);
  if (read.kind === 'refused') return { findings: graded(read.findings).map(located), isLinted: false };
  const bundle = read.value;
  const data = bundle.root.reduceRight<JsonObject>((below, element) => ({ [element]: below }), bundle.data);
  const report = await lintSources(
    {
      bundles: [bundle],
      kernel: [],
      data,
      tools: new Map(),
      overrides: { kind: 'alone' },
      place: name.value,
      said: () => checkPart(name.value, files, tools),
    },
    tools,
  );
  return { ...report, findings: report.findings.map(located) };
}
