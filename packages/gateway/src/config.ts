import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { Configuration, Failure, type ServerConfiguration } from '@bailiff/contract';
import { isMap, isNode, isSeq, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import type { z } from 'zod';

/** One thing wrong with a configuration file, in words that say how to mend it. */
export interface ConfigurationFinding {
  readonly file: string;
  /** 1-based; 1 where the file as a whole is meant. */
  readonly row: number;
  /** Dotted, as `listen.port`; empty where the file as a whole is meant. */
  readonly key: string;
  readonly detail: string;
}

/** The configuration file cannot be used. `detail` lists every finding, a line each, as `file:row: key: what to do`. */
export class ConfigurationFailure extends Failure {
  readonly findings: readonly ConfigurationFinding[];

  /** Sorts them by row. */
  constructor(findings: readonly ConfigurationFinding[]) {
    const sorted = findings.toSorted((a, b) => a.row - b.row);
    const lines = sorted.map(
      ({ file, row, key, detail }) => `${file}:${row}: ${key === '' ? '' : `${key}: `}${detail}`,
    );
    super('configuration_invalid', lines.join('\n'));
    this.findings = sorted;
  }
}

/** A configuration with its defaults filled in and its paths made absolute. */
export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Absolute path of the file it came from. */
  readonly file: string;
}

/** Longest configuration file that is read, in bytes. */
const FILE_BYTES_MAX = 1_048_576;

/**
 * Reads, validates and completes `bailiff.yaml`. Relative paths in it are relative to the file.
 * @throws ConfigurationFailure naming file, row, key and the mend of everything that is wrong.
 */
export async function loadConfiguration(path: string): Promise<LoadedConfiguration> {
  const file = resolve(path);
  const text = await readConfiguration(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: false, strict: true });
  const refuse = (faults: readonly Fault[]): never => {
    throw new ConfigurationFailure(
      faults.map(({ path: at, detail, offset }) => ({
        file,
        row: offset === undefined ? rowOf(document, lines, at) : lines.linePos(offset).line,
        key: at.join('.'),
        detail,
      })),
    );
  };
  const faults = [...document.errors, ...document.warnings].map((error) => syntaxFault(error, document));
  if (faults.length > 0) refuse(faults);
  if (document.contents === null) refuse([{ path: [], detail: EMPTY }]);
  const read = contentsOf(document);
  if ('faults' in read) return refuse(read.faults);
  const parsed = Configuration.safeParse(read.value);
  if (!parsed.success) return refuse(parsed.error.issues.flatMap(faultsOf));
  const configuration = absolute(parsed.data, dirname(file));
  const misplaced = await placeFaults(configuration);
  if (misplaced.length > 0) refuse(misplaced);
  return { configuration, file };
}

const EMPTY =
  'The file is empty. Name at least policy.directory; docs/reference/configuration.md lists every key.';

/** A key at the beginning of what a failure says, as the stages name what they find wrong in their own section. */
const ABOUT_KEY = /^([a-z_]+(?:\.[\w-]+)+): (.+)$/s;

/**
 * The failure with the file and the row of the key that its words begin with, so that what a stage refuses reads like what
 * the schema refuses. Any other failure as it is.
 */
export async function located(failure: Failure, file: string): Promise<Failure> {
  const [, key = '', detail = ''] = ABOUT_KEY.exec(failure.detail) ?? [];
  if (failure.code !== 'configuration_invalid' || failure instanceof ConfigurationFailure || key === '')
    return failure;
  const row = await configurationRow(file, key.split('.'));
  return new ConfigurationFailure([{ file, row, key, detail }]);
}

/** Row of the deepest part of `path` that a configuration file has, for whoever finds fault with a value of it later. */
export async function configurationRow(file: string, path: readonly string[]): Promise<number> {
  const lines = new LineCounter();
  const document = parseDocument(await readConfiguration(file), { lineCounter: lines });
  return rowOf(document, lines, path);
}

async function readConfiguration(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > FILE_BYTES_MAX) throw new Error(`it is larger than ${FILE_BYTES_MAX} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    const detail = `The configuration cannot be read: ${reason}. Name another one with --config FILE.`;
    throw new ConfigurationFailure([{ file, row: 1, key: '', detail }]);
  }
}

type Path = readonly (string | number)[];
type Document = ReturnType<typeof parseDocument>;

/** What is wrong with the value at a path, and the mend. `offset` is where in the text, unless it is where the key stands. */
interface Fault {
  readonly path: Path;
  readonly detail: string;
  readonly offset?: number;
}

const SYNTAX_MENDS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_INDENT: 'Indent keys of one level alike, and close every bracket.',
  DUPLICATE_KEY: 'Keep one of the two.',
  MISSING_CHAR: 'Close the quote or bracket.',
  MULTIPLE_DOCS: 'Remove the `---` between them.',
  TAB_AS_INDENT: 'Indent with spaces.',
  TAG_RESOLVE_FAILED: 'Put the value in quotes.',
};

/** What is no YAML, under the key that it stands at or behind. */
function syntaxFault({ code, message, pos: [offset] }: YAMLError, document: Document): Fault {
  const said =
    code === 'MULTIPLE_DOCS'
      ? 'The file holds several documents'
      : message.split('\n')[0]?.replace(/ at line .*$/, '');
  const mend = SYNTAX_MENDS[code] ?? 'Correct the YAML; put text with signs like `: # @ % & * !` in quotes.';
  return { path: keyAt(document, offset), detail: `${said}. ${mend}`, offset };
}

/** The last key that begins at or before `offset`, with those that it lies below. */
function keyAt(document: Document, offset: number): Path {
  let path: Path = [];
  const walk = (node: unknown, at: Path): void => {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const begins = isNode(key) ? key.range?.[0] : undefined;
        if (begins === undefined || begins > offset) continue;
        path = [...at, String(key)];
        walk(value, path);
      }
    } else if (isSeq(node)) {
      for (const [position, item] of node.items.entries()) walk(item, [...at, position]);
    }
  };
  walk(document.contents, []);
  return path;
}

/** An alias without its anchor has no value, and many that lie in each other have more than memory holds. */
function contentsOf(document: Document): { readonly value: unknown } | { readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return;
      const offset = alias.range?.[0] ?? 0;
      const detail = `Nothing is anchored as \`&${alias.source}\`. Put text that begins with \`*\` in quotes.`;
      faults.push({ path: keyAt(document, offset), detail, offset });
    },
  });
  if (faults.length > 0) return { faults };
  try {
    return { value: document.toJS() };
  } catch (cause) {
    return {
      faults: [{ path: [], detail: `${(cause as Error).message}. Write values out instead of aliases.` }],
    };
  }
}

/** One issue of the schema in words of ours. An unknown key is a fault of its own. */
function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      detail:
        'This key is not known. Remove it or correct its spelling; docs/reference/configuration.md lists every key.',
    }));
  }
  return [{ path, detail: detailOf(issue) }];
}

const TYPE_MENDS: Readonly<Record<string, string>> = {
  string: 'Write text, in quotes where it looks like a number or a truth value.',
  number: 'Write a number without quotes.',
  int: 'Write a whole number without quotes.',
  boolean: 'Write `true` or `false` without quotes.',
  array: 'Write a list, as `[one, two]`.',
  object: 'Write keys below it, as `key: value`.',
  record: 'Write keys below it, as `key: value`.',
};

const FORMAT_MENDS: Readonly<Record<string, string>> = {
  url: 'Write a whole address, as `http://127.0.0.1:8181`.',
  datetime: 'Write an instant in UTC, as `2027-01-31T00:00:00Z`.',
};

/** What is wrong and the mend. */
function detailOf(issue: z.core.$ZodIssue): string {
  const said = `${issue.message}.`;
  switch (issue.code) {
    case 'invalid_type': {
      const mend = TYPE_MENDS[issue.expected] ?? `Write a value of type ${issue.expected}.`;
      if (/received undefined/.test(issue.message))
        return `This key is missing: ${issue.expected} expected. Add it.`;
      return `${said} ${mend}`;
    }
    case 'invalid_value':
      return `${said} Write ${oneOf(issue.values)}.`;
    case 'invalid_key':
      return 'This name is not valid. Use lower case, digits and underscores, a letter first, 64 characters at most.';
    case 'invalid_format':
      // The schema says what to write instead where the format alone does not.
      return FORMAT_MENDS[issue.format] === undefined ? said : `${said} ${FORMAT_MENDS[issue.format]}`;
    case 'too_small':
    case 'too_big':
      return `${said} ${boundOf(issue)}`;
    case 'invalid_union':
      if ('options' in issue && Array.isArray(issue.options))
        return `There is no such kind, or none is named. Write ${oneOf(issue.options)}.`;
      return `${said} Write text, or \`{ env: NAME }\` to take it from the environment variable of that name.`;
    case 'custom':
      return said;
    default:
      return `${said} Correct the value; docs/reference/configuration.md lists every key.`;
  }
}

function oneOf(values: readonly unknown[]): string {
  const names = values.map((value) => `\`${String(value)}\``);
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function boundOf(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const bound = issue.code === 'too_small' ? `${issue.minimum} or more` : `${issue.maximum} or less`;
  if (issue.origin === 'string') return `Write text of ${bound} characters.`;
  return issue.origin === 'array' ? `Name ${bound}.` : `Write ${bound}.`;
}

/** What already stands where the configuration wants something else. */
async function placeFaults({ data_dir, engine }: Configuration): Promise<Fault[]> {
  const faults: Fault[] = [];
  const folder = await stat(data_dir).catch((cause: NodeJS.ErrnoException) => cause);
  const isTaken = folder instanceof Error ? folder.code === 'ENOTDIR' : !folder.isDirectory();
  if (isTaken) {
    const detail = `${data_dir} is a file, or lies below one. Name a folder; it is made where there is none.`;
    faults.push({ path: ['data_dir'], detail });
  }
  if (engine.opa !== undefined) {
    const mend = 'Name an `opa` executable, or remove the key: ./bailiff finds or builds one.';
    const file = await stat(engine.opa).catch(() => undefined);
    const mayRun = await access(engine.opa, constants.X_OK).then(
      () => true,
      () => false,
    );
    const wrong = file === undefined ? 'is not there' : file.isFile() ? 'is not executable' : 'is no file';
    if (!file?.isFile() || !mayRun)
      faults.push({ path: ['engine', 'opa'], detail: `${engine.opa} ${wrong}. ${mend}` });
  }
  return faults;
}

/** The row of the deepest part of `path` that the file has. */
function rowOf(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents;
  let row = 1;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(part));
      if (isNode(pair?.key) && pair.key.range) row = lines.linePos(pair.key.range[0]).line;
      node = pair?.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      if (isNode(node) && node.range) row = lines.linePos(node.range[0]).line;
    }
  }
  return row;
}

function absolute(configuration: Configuration, folder: string): Configuration {
  const at = (path: string) => (isAbsolute(path) ? path : resolve(folder, path));
  const serverAt = (server: ServerConfiguration): ServerConfiguration => {
    if (server.transport === 'stdio') return { ...server, cwd: at(server.cwd ?? '.') };
    const { credential } = server;
    if (credential?.from !== 'file') return server;
    return { ...server, credential: { ...credential, path: at(credential.path) } };
  };
  return {
    ...configuration,
    data_dir: at(configuration.data_dir),
    policy: { ...configuration.policy, directory: at(configuration.policy.directory) },
    engine: {
      ...configuration.engine,
      ...(configuration.engine.opa === undefined ? {} : { opa: at(configuration.engine.opa) }),
    },
    identity: {
      ...configuration.identity,
      issuers: configuration.identity.issuers.map((issuer) =>
        issuer.jwks_file === undefined ? issuer : { ...issuer, jwks_file: at(issuer.jwks_file) },
      ),
    },
    servers: Object.fromEntries(
      Object.entries(configuration.servers).map(([name, server]) => [name, serverAt(server)]),
    ),
  };
}
