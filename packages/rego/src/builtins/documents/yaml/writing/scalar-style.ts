import { resolveScalar } from '../decoding/resolve-scalar.ts';
import { isBlank, isBlankOrEnd, isBreak } from '../reading/yaml-source.ts';

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

/** Words that YAML 1.1 takes for booleans. */
const OLD_BOOLEANS: ReadonlySet<string> = new Set(
  ['y', 'yes', 'on', 'n', 'no', 'off'].flatMap((word) => {
    return [word, `${word.charAt(0).toUpperCase()}${word.slice(1)}`, word.toUpperCase()];
  }),
);

const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/** The style in which `yaml.v3` writes a text, given whether it is a key that stands on one line with its value. */
export function styleOf(text: string, isSimpleKey: boolean): ScalarStyle {
  const wanted = wantedStyle(text);
  if (wanted === 'double') return 'double';
  const allowed = allowedStyles(text);
  if (wanted === 'literal') return allowed.literal && !isSimpleKey ? 'literal' : 'double';
  if (allowed.plain) return 'plain';
  return allowed.single ? 'single' : 'double';
}

function wantedStyle(text: string): ScalarStyle {
  if (text.includes('\n')) return 'literal';
  const isText = resolveScalar('', text).tag === '!!str';
  return isText && !SEXAGESIMAL.test(text) && !OLD_BOOLEANS.has(text) ? 'plain' : 'double';
}

interface AllowedStyles {
  readonly plain: boolean;
  readonly single: boolean;
  readonly literal: boolean;
}

function allowedStyles(text: string): AllowedStyles {
  const points = Array.from(text, (character) => character.codePointAt(0) as number);
  const space = spaceOf(points);
  const isSpecial = points.some((point) => point !== TAB && !isPrintable(point));
  const isBroken = space.hasSpaceBeforeBreak || isSpecial;
  const single = !space.hasSpaceAfterBreak && !isBroken && !points.includes(TAB);
  const isEnclosed = !isSpaceOrBreak(points[0]) && !isSpaceOrBreak(points.at(-1));
  return {
    plain: single && isEnclosed && !points.some(isBreak) && !hasIndicator(text, points),
    single,
    literal: !isBroken && points.at(-1) !== SPACE,
  };
}

const TAB = 0x09;
const SPACE = 0x20;

function spaceOf(points: readonly number[]): { hasSpaceAfterBreak: boolean; hasSpaceBeforeBreak: boolean } {
  let [hasSpaceAfterBreak, hasSpaceBeforeBreak] = [false, false];
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined) continue;
    if (point === SPACE && isBreak(before)) hasSpaceAfterBreak = true;
    if (isBreak(point) && before === SPACE) hasSpaceBeforeBreak = true;
  }
  return { hasSpaceAfterBreak, hasSpaceBeforeBreak };
}

function isSpaceOrBreak(point: number | undefined): boolean {
  return point !== undefined && (point === SPACE || isBreak(point));
}

/** Whether something in a text would be read as more than a text in a block. */
function hasIndicator(text: string, points: readonly number[]): boolean {
  if (text.startsWith('---') || text.startsWith('...')) return true;
  return points.some((point, index) => {
    const character = String.fromCodePoint(point);
    const next = points[index + 1];
    const isLastOfWord = next === undefined || isBlank(next);
    if (index === 0) {
      return '#,[]{}&*!|>\'"%@`'.includes(character) || ('?:-'.includes(character) && isLastOfWord);
    }
    const isFirstOfWord = isBlankOrEnd(points[index - 1] as number);
    return (character === ':' && isLastOfWord) || (character === '#' && isFirstOfWord);
  });
}

/** What needs no escape. Characters past 16 bits do. */
export function isPrintable(point: number): boolean {
  if (point < 0xa0) return point === 0x0a || (point >= 0x20 && point <= 0x7e);
  return point <= 0xfffd && point !== 0xfeff;
}
