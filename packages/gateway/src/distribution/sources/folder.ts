import { readdir, readFile, stat } from 'node:fs/promises';
import { join, normalize, relative, resolve } from 'node:path';
import type { z } from 'zod';
import { compare, type Finding } from '../finding.ts';
import { type BundleFiles, filesBelow, HIDDEN_FILES, sortedPaths } from './bundle-files.ts';
import { type Reading, readDocument, type SourceDocument, validateDocument } from './document.ts';

/** A Rego file. */
export interface SourceModule {
  /** Relative to the release’s directory, for findings. */
  readonly file: string;
  /** Where it stands in the composed bundle: `<bundle>/<file>`. */
  readonly path: string;
  readonly text: string;
}

/** A value that a schema gave, and the document it came from. */
export interface ValidDocument<Value> {
  readonly value: Value;
  readonly document: SourceDocument;
}

/** Longest file that is read, in bytes: data, and anything else. */
export const DATA_BYTES_MAX = 8_388_608;
export const FILE_BYTES_MAX = 1_048_576;

const FILES_MAX = 500;
const DEPTH_MAX = 6;

/** Files that can be read, and their names in findings. */
export abstract class SourceTree {
  /** Name of a file in findings. */
  abstract nameOf(path: string): string;

  /** A file of at most `bytesMax` bytes. */
  abstract bytes(path: string, bytesMax: number): Promise<Reading<Uint8Array>>;

  /** Files below `path`, relative to it, sorted; hidden ones left out. Undefined when there is no such folder. */
  abstract list(path: string): Promise<Reading<readonly string[]> | undefined>;

  /** Names of the folders in a folder, sorted; hidden ones left out. None where there is no such folder. */
  abstract folders(path: string): Promise<readonly string[]>;

  /** A finding about a file as a whole. */
  finding(path: string, code: string, words: { readonly detail: string; readonly mend: string }): Finding {
    return { file: this.nameOf(path), row: 1, code, ...words };
  }

  /** Text in UTF-8 of at most `bytesMax` bytes. */
  async text(path: string, bytesMax: number): Promise<Reading<string>> {
    const bytes = await this.bytes(path, bytesMax);
    if (bytes.kind === 'refused') return bytes;
    try {
      return { kind: 'read', value: new TextDecoder('utf-8', { fatal: true }).decode(bytes.value) };
    } catch {
      return this.refused(path, 'file_unreadable', {
        detail: 'It is not text in UTF-8.',
        mend: 'Save it as UTF-8.',
      });
    }
  }

  /** A YAML or JSON document of at most `bytesMax` bytes. */
  async document(path: string, bytesMax: number): Promise<Reading<SourceDocument>> {
    const text = await this.text(path, bytesMax);
    return text.kind === 'read' ? readDocument({ file: this.nameOf(path), text: text.value }) : text;
  }

  /** A document that a schema accepts. */
  async valid<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
  ): Promise<Reading<ValidDocument<z.output<Schema>>>> {
    const document = await this.document(path, FILE_BYTES_MAX);
    if (document.kind === 'refused') return document;
    const value = validateDocument(document.value, schema);
    if (value.kind === 'refused') return value;
    return { kind: 'read', value: { value: value.value, document: document.value } };
  }

  protected refused(
    path: string,
    code: string,
    words: { readonly detail: string; readonly mend: string },
  ): { readonly kind: 'refused'; readonly findings: readonly Finding[] } {
    return { kind: 'refused', findings: [this.finding(path, code, words)] };
  }

  protected tooLarge(path: string, size: number, bytesMax: number) {
    const words = { detail: `It has ${size} bytes.`, mend: `Keep it within ${bytesMax} bytes.` };
    return this.refused(path, 'file_too_large', words);
  }

  protected missing(path: string) {
    const words = { detail: 'There is no such file.', mend: 'Add it, or correct the path that names it.' };
    return this.refused(path, 'file_missing', words);
  }
}

/** Files below one directory, which findings name relative to it. */
export class SourceFolder extends SourceTree {
  readonly directory: string;

  constructor(directory: string) {
    super();
    this.directory = resolve(directory);
  }

  override nameOf(path: string): string {
    return relative(this.directory, resolve(this.directory, path)) || '.';
  }

  override async bytes(path: string, bytesMax: number): Promise<Reading<Uint8Array>> {
    try {
      const at = resolve(this.directory, path);
      const facts = await stat(at);
      // A pipe would be waited for without end, and a device read without end.
      if (!facts.isFile() && !facts.isDirectory())
        return this.refused(path, 'file_unreadable', { detail: 'It is no file.', mend: 'Remove it.' });
      const { size } = facts;
      if (size > bytesMax) return this.tooLarge(path, size, bytesMax);
      return { kind: 'read', value: await readFile(at) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return this.missing(path);
      const detail = `It cannot be read: ${(cause as Error).message}.`;
      return this.refused(path, 'file_unreadable', { detail, mend: 'Mend its permissions.' });
    }
  }

  override async folders(path: string): Promise<readonly string[]> {
    const entries = await readdir(join(this.directory, path), { withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
      .map(({ name }) => name)
      .sort(compare);
  }

  override async list(path: string): Promise<Reading<readonly string[]> | undefined> {
    const found: string[] = [];
    const findings: Finding[] = [];
    const refuse = (code: string, detail: string) =>
      findings.push(this.finding(path, code, { detail, mend: 'Split the bundle.' }));
    const walk = async (below: string, depth: number): Promise<void> => {
      if (depth > DEPTH_MAX) {
        refuse('folder_too_deep', `Folders are nested more than ${DEPTH_MAX} deep.`);
        return;
      }
      for (const name of await readdir(join(this.directory, path, below))) {
        if (name.startsWith('.')) continue;
        if (found.length >= FILES_MAX || findings.length > 0) break;
        const at = join(below, name);
        if ((await stat(join(this.directory, path, at))).isDirectory()) await walk(at, depth + 1);
        else found.push(at);
      }
    };
    try {
      await walk('', 0);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      refuse('file_unreadable', `The folder cannot be read: ${message}.`);
    }
    if (found.length >= FILES_MAX) refuse('too_many_files', `The folder holds ${FILES_MAX} files or more.`);
    if (findings.length > 0) return { kind: 'refused', findings };
    return { kind: 'read', value: found.map((file) => file.replaceAll('\\', '/')).sort(compare) };
  }
}

/** Files that are held in memory. */
export class HeldFiles extends SourceTree {
  readonly #files: BundleFiles;
  readonly #name: string;

  /** Findings name files below `name`. */
  constructor(files: BundleFiles, name = '') {
    super();
    this.#files = files;
    this.#name = name;
  }

  override nameOf(path: string): string {
    return join(this.#name, path);
  }

  override async bytes(path: string, bytesMax: number): Promise<Reading<Uint8Array>> {
    const bytes = this.#files.get(normalize(path));
    if (bytes === undefined) return this.missing(path);
    return bytes.length > bytesMax
      ? this.tooLarge(path, bytes.length, bytesMax)
      : { kind: 'read', value: bytes };
  }

  override async folders(path: string): Promise<readonly string[]> {
    const below = [...filesBelow(this.#files, path).keys()].filter((file) => file.includes('/'));
    const names = new Set(below.map((file) => file.slice(0, file.indexOf('/'))));
    return [...names].filter((name) => !name.startsWith('.')).sort(compare);
  }

  override async list(path: string): Promise<Reading<readonly string[]> | undefined> {
    const listed = sortedPaths(filesBelow(this.#files, path)).filter((file) => !HIDDEN_FILES.includes(file));
    if (listed.length === 0) return undefined;
    if (listed.length < FILES_MAX) return { kind: 'read', value: listed };
    const words = { detail: `The folder holds ${FILES_MAX} files or more.`, mend: 'Split the bundle.' };
    return this.refused(path, 'too_many_files', words);
  }
}
