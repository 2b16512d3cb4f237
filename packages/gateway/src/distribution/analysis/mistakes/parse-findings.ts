import type { Finding } from '../../finding.ts';
import { findingsOfErrors, type OpaError } from '../../opa.ts';
import { bundleRootOf, bundleSubjectOf } from '../../sources/bundle-name.ts';
import type { SourceModule } from '../../sources/folder.ts';
import { blockFindings } from '../annotations.ts';
import type { UnparsedModule } from '../parse.ts';
import { NO_PACKAGE } from './compile-mends.ts';
import { metadataBlocks } from './metadata-blocks.ts';
import { regoMistake } from './rego-mistakes.ts';

/** What keeps a file from being Rego. What OPA says of METADATA comes from a parser of YAML, with rows of its own: that is told anew. */
export function parseFindings(
  { bundle, source: module }: UnparsedModule,
  errors: readonly OpaError[],
): Finding[] {
  const unpackaged = errors.find(({ message }) => message === NO_PACKAGE || message === EMPTY);
  // Whatever else OPA says of such a file, it says because it looks for the package.
  if (unpackaged !== undefined) return [packageFinding(bundle, module, unpackaged)];
  const ofMetadata = errors.filter(({ message }) => METADATA_ERROR.test(message));
  const others = errors.filter((error) => !ofMetadata.includes(error));
  const blocks = metadataBlocks(module);
  const told = ofMetadata.length === 0 ? [] : blocks.flatMap((block) => blockFindings(block));
  const untold = told.length > 0 ? [] : ofMetadata.map((error) => metadataError(module, error));
  return [...told, ...untold, ...regoFindings(module, others)];
}

/** What OPA says of a file with nothing but comments. */
const EMPTY = 'empty module';

function packageFinding(
  bundle: string,
  { file }: SourceModule,
  { message, code, location }: OpaError,
): Finding {
  const subject = bundleSubjectOf(bundle);
  const root = subject === undefined ? '…' : bundleRootOf(subject).join('.');
  const written = `\`package ${root}${file.endsWith('_test.rego') ? '_test' : ''}\``;
  const [detail, mend] =
    message === EMPTY
      ? ['The file holds no package and no rule', `Write ${written} and rules below it, or remove the file.`]
      : ['The file does not begin with its package', `Write ${written} above its first import or rule.`];
  return {
    ...{ file, row: Math.max(1, location?.row ?? 1), code: code ?? 'rego_parse_error' },
    detail: `${detail} (OPA: ${message}.)`,
    mend,
  };
}

/** How OPA begins what its parser of YAML says. */
const METADATA_ERROR = /^yaml: /;

/** What only OPA’s parser objects to: its row counts from the block’s. */
function metadataError(module: SourceModule, { message, location }: OpaError): Finding {
  const [block] = metadataBlocks(module).filter(
    ({ firstRow, lastRow }) => location !== undefined && firstRow <= location.row && location.row <= lastRow,
  );
  const line = Number(/\bline (\d+)/.exec(message)?.[1] ?? 0);
  const row = block === undefined ? (location?.row ?? 1) : Math.min(block.lastRow, block.firstRow + line);
  return {
    ...{ file: module.file, row, code: 'document_invalid' },
    detail: `METADATA: It is no YAML that OPA takes (OPA: ${message.split('\n')[0]}).`,
    mend: 'Compare it with the METADATA of another rule: texts with special characters in quotes, keys below each other.',
  };
}

/** One for each mistake: OPA tells the same of several tokens of a row. */
function regoFindings(module: SourceModule, errors: readonly OpaError[]): Finding[] {
  const lines = module.text.split(/\r?\n/);
  const seen = new Set<string>();
  return errors.flatMap((error): Finding[] => {
    const mistake = regoMistake(lines, error.location?.row ?? 1, error.message);
    if (mistake === undefined) return findingsOfErrors([error], () => module.file, new Set());
    const { row, detail, mend } = mistake;
    if (seen.has(`${row}: ${detail}`)) return [];
    seen.add(`${row}: ${detail}`);
    const said = error.message.split('\n')[0];
    const code = error.code ?? 'rego_parse_error';
    return [{ file: module.file, row, code, detail: `${detail} (OPA: ${said}.)`, mend }];
  });
}
