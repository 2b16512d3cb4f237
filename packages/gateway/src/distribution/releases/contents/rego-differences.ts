import { type RegoDifference, type Release, RuleKind } from '@bailiff/contract';
import { compare } from '../../finding.ts';
import { beyond } from './beyond.ts';
import { type RegoStatement, regoStatements } from './rego-statements.ts';

/** The Rego of one part of a release, and the release’s rules. */
export interface PartRego {
  /** By path. */
  readonly modules: ReadonlyMap<string, string>;
  readonly rules: Release['rules'];
}

/** What differs between the Rego of two releases’ same part, by file and row. Whether a file was renamed makes no difference. */
export function regoDifferences(from: PartRego, to: PartRego): RegoDifference[] {
  const [was, is] = [statementsIn(from), statementsIn(to)];
  const [gone, come] = [beyond(was, is, textOf), beyond(is, was, textOf)];
  const left = Map.groupBy(gone, placeOf);
  const changes = come.map((statement) => {
    const before = left.get(placeOf(statement))?.shift();
    return { ...told(statement), rule: statement.rule ?? before?.rule ?? null, from: before?.text ?? null };
  });
  const removed = [...left.values()].flat().map((statement) => {
    return { ...told(statement), from: statement.text, to: null };
  });
  return [...changes, ...removed]
    .sort((a, b) => compare(a.file, b.file) || a.row - b.row)
    .map(({ row: _, ...difference }) => difference);
}

interface Statement extends RegoStatement {
  /** The package clause of its file: the same text says something else below another. */
  readonly package: string;
  readonly file: string;
  readonly rule: string | null;
}

/** Where statements that begin alike belong together. */
function placeOf({ package: clause, head }: Statement): string {
  return `${clause}\n${head}`;
}

function textOf({ package: clause, normal }: Statement): string {
  return `${clause}\n${normal}`;
}

function told({ head, rule, file, firstRow, text }: Statement) {
  return { what: head, rule, file, row: firstRow, to: text };
}

function statementsIn({ modules, rules }: PartRego): Statement[] {
  const statements = [...modules].flatMap(([file, text]) => {
    const heads = [...rules.values()].filter(({ location }) => location.file === file);
    const all = regoStatements(text);
    const [clause = ''] = all.find(({ normal }) => normal.startsWith('package '))?.normal.split('\n') ?? [];
    return all.map((statement) => {
      const rule = heads.find(
        ({ location: { row } }) => statement.firstRow <= row && row <= statement.lastRow,
      );
      const own = rule === undefined ? statement : asWritten(statement, rule.kind);
      return { ...own, file, package: clause, rule: rule?.id ?? null };
    });
  });
  const kinds = new Map([...rules.values()].map(({ id, kind }) => [id.slice(id.lastIndexOf('.') + 1), kind]));
  const written = statements.map((one) =>
    one.rule === null ? asWritten(one, kinds.get(canaryIn(one))) : one,
  );
  const ids = Map.groupBy(
    written.filter(({ rule }) => rule !== null),
    ({ head }) => head,
  );
  // Further bodies of a rule begin as the one that its METADATA stands above.
  return written.map((one) => {
    const [first, ...others] = ids.get(one.head) ?? [];
    return one.rule === null && others.length === 0 ? { ...one, rule: first?.rule ?? null } : one;
  });
}

const CANARY = /^canary_rules\.(\w+)/;
const SET_ASIDE = new RegExp(`^(?:watched|off)_(${RuleKind.options.join('|')})\\b`);

function canaryIn({ head }: RegoStatement): string {
  return CANARY.exec(head)?.[1] ?? '';
}

/** As its owner wrote it: the head of a rule that is not in force is another in what ships, and its mode is told apart. */
function asWritten<Of extends RegoStatement>(statement: Of, kind: RuleKind | undefined): Of {
  const plain = (text: string) =>
    (kind === undefined ? text : text.replace(CANARY, kind)).replace(SET_ASIDE, '$1');
  const { head, text, normal } = statement;
  return { ...statement, head: plain(head), text: plain(text), normal: plain(normal) };
}
