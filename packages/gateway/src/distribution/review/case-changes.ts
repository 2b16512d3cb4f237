import type { CaseAnswer } from '@bailiff/contract';
import { compare } from '../finding.ts';
import type { ReadCase } from '../proof/case-files.ts';
import { type Change, type Direction, shownValue } from './change.ts';

/** What changed about the cases that `policy test` holds a policy to: their answers say what calls get. */
export function caseChanges(before: readonly ReadCase[], after: readonly ReadCase[]): Change[] {
  const [was, is] = [byName(before), byName(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])].sort(compare);
  return names.flatMap((name) => changesOf(name, was.get(name) ?? [], is.get(name) ?? []));
}

/** A case is known by its file and what it is about; of several that say the same, all are told together. */
function byName(cases: readonly ReadCase[]): Map<string, ReadCase[]> {
  return Map.groupBy(cases, ({ file, when }) => `${file}: ${when}`);
}

function changesOf(name: string, was: readonly ReadCase[], is: readonly ReadCase[]): Change[] {
  const [before, after] = [was.map(textOf), is.map(textOf)];
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const [answered, answers] = [was.map(answerOf).join('; '), is.map(answerOf).join('; ')];
  if (was.length === 0) return [{ what: `${name} (new)`, direction: 'neither', is: answers }];
  if (is.length === 0) return [{ what: `${name} (gone)`, direction: 'neither', was: answered }];
  if (answered === answers) return [{ what: `${name} (what is asked changed)`, direction: 'neither' }];
  return [{ what: name, direction: directionOf(was, is), was: answered, is: answers }];
}

const ASKS: readonly CaseAnswer['outcome'][] = ['allow', 'approval_required', 'deny'];

function directionOf([was, ...others]: readonly ReadCase[], [is, ...more]: readonly ReadCase[]): Direction {
  if (was === undefined || is === undefined || others.length + more.length > 0) return 'unclear';
  const by = ASKS.indexOf(is.answer.outcome) - ASKS.indexOf(was.answer.outcome);
  if (by === 0) return 'neither';
  return by > 0 ? 'stricter' : 'looser';
}

function textOf({ input, answer }: ReadCase): string {
  return JSON.stringify([input, answer]);
}

function answerOf({ answer: { outcome, ...rest } }: ReadCase): string {
  const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  return shownValue(`${outcome}${more}`);
}
