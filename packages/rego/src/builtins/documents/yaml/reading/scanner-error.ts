import { type Mark, YamlError } from './yaml-source.ts';

/**
 * The error of a scanner, which counts lines from 1 and names that of the beginning, or the one reached where that is the
 * first. The first line has no name.
 */
export function scannerError(reached: { readonly line: number }, start: Mark, problem: string): YamlError {
  const line = start.line === 0 ? reached.line : start.line;
  return new YamlError(line === 0 ? `yaml: ${problem}` : `yaml: line ${line + 1}: ${problem}`);
}

/**
 * The error of a parser, which counts lines from 0 and names the context's, or the problem's where that is on the first
 * line.
 */
export function parserError(problem: string, mark: Mark, context?: Mark): YamlError {
  const line = context !== undefined && context.line !== 0 ? context.line : mark.line;
  return new YamlError(line === 0 ? `yaml: ${problem}` : `yaml: line ${line}: ${problem}`);
}
