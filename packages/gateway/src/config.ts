import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { Configuration, Failure, type ServerConfiguration } from '@bailiff/contract';
import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
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

  constructor(findings: readonly ConfigurationFinding[]) {
    const lines = findings.map(
      ({ file, row, key, detail }) => `${file}:${row}: ${key === '' ? '' : `${key}: `}${detail}`,
    );
    super('configuration_invalid', lines.join('\n'));
    this.findings = findings;
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
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    throw new ConfigurationFailure(
      problems.map(({ pos, message }) => ({
        file,
        row: lines.linePos(pos[0]).line,
        key: '',
        detail: message.split('\n')[0]?.replace(/ at line .*$/, '') ?? message,
      })),
    );
  }
  if (document.contents === null) {
    throw new ConfigurationFailure([
      {
        file,
        row: 1,
        key: '',
        detail:
          'The file is empty. Name at least policy.directory; docs/reference/configuration.md lists every key.',
      },
    ]);
  }
  const parsed = Configuration.safeParse(document.toJS());
  if (!parsed.success) {
    throw new ConfigurationFailure(
      parsed.error.issues.flatMap((issue) =>
        findingsOf(issue).map(({ path: at, detail }) => ({
          file,
          row: rowOf(document, lines, at),
          key: at.join('.'),
          detail,
        })),
      ),
    );
  }
  return { configuration: absolute(parsed.data, dirname(file)), file };
}

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
  const lines = new LineCounter();
  const document = parseDocument(await readConfiguration(file), { lineCounter: lines });
  return new ConfigurationFailure([{ file, row: rowOf(document, lines, key.split('.')), key, detail }]);
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

/** One issue of the schema in words of ours. An unknown key is a finding of its own, with what could have been meant. */
function findingsOf(issue: z.core.$ZodIssue): { path: Path; detail: string }[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      detail:
        'This key is not known. Remove it or correct its spelling; docs/reference/configuration.md lists every key.',
    }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return [
      {
        path,
        detail: `${issue.message}. ${issue.errors
          .flat()
          .map(({ message }) => message)
          .join('; or ')}.`,
      },
    ];
  }
  const missing = issue.code === 'invalid_type' && /received undefined/.test(issue.message);
  return [
    { path, detail: missing ? `This key is missing: ${issue.expected} expected.` : `${issue.message}.` },
  ];
}

/** The row of the deepest part of `path` that the file has. */
function rowOf(document: ReturnType<typeof parseDocument>, lines: LineCounter, path: Path): number {
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
  const serverAt = (server: ServerConfiguration): ServerConfiguration =>
    server.transport === 'stdio' ? { ...server, cwd: at(server.cwd ?? '.') } : server;
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
