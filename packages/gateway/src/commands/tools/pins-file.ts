import { randomUUID } from 'node:crypto';
import { readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure, type JsonObject, ServerConfiguration, ToolPins } from '@bailiff/contract';
import { Document, isMap, isScalar, parse, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { BundleFailure } from '../../distribution/finding.ts';
import { isObject, readDocument, validateDocument } from '../../distribution/sources/document.ts';

/** What was approved of one server’s tools. */
export interface ApprovedServer {
  /** Tool → digest; undefined where the server is not pinned. */
  readonly pins: Readonly<Record<string, string>> | undefined;
  /** Tool → definition as it was approved, as far as that was kept. */
  readonly definitions: Readonly<Record<string, JsonObject>>;
}

/** What changes of one server’s pins: a definition to approve, or undefined for a tool that is no longer pinned. */
export type PinChanges = ReadonlyMap<
  string,
  { readonly digest: string; readonly definition: JsonObject } | undefined
>;

/** Server → tool → definition. */
type Definitions = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

const RELEASE = 'release.yaml';
const PINS = 'tool-pins.yaml';
/** Beside the pins: what was approved, so that a change can be shown. What decides are the digests alone. */
const DEFINITIONS = 'tool-definitions.yaml';

const DEFINITIONS_HEAD = `# Each tool as it was approved, for \`./bailiff tools diff\`. Nothing is decided by this file.
`;

const NEW_PINS = `# Server → tool → SHA-256 of its definition as somebody approved it; \`./bailiff tools approve\` writes it.
`;

const ReleaseParts = z.looseObject({
  tool_pins: z.string().min(1).optional(),
  servers: z.record(z.string(), ServerConfiguration).default({}),
});

/** The approved tools of a policy folder, and its servers. */
export class PinsFile {
  readonly #directory: string;
  readonly #name: string;
  readonly #isNamed: boolean;
  /** Servers that are part of the release. */
  readonly servers: Readonly<Record<string, ServerConfiguration>>;
  #pins: ToolPins;
  #definitions: Definitions;

  private constructor(
    directory: string,
    release: z.output<typeof ReleaseParts>,
    kept: { readonly pins: ToolPins; readonly definitions: Definitions },
  ) {
    this.#directory = directory;
    this.#isNamed = release.tool_pins !== undefined;
    this.#name = release.tool_pins ?? PINS;
    this.servers = release.servers;
    this.#pins = kept.pins;
    this.#definitions = kept.definitions;
  }

  /** @throws BundleFailure for files that cannot be used, Failure `configuration_invalid` where there is no release. */
  static async read(directory: string): Promise<PinsFile> {
    const text = await textOf(join(directory, RELEASE));
    if (text === undefined)
      throw new Failure('configuration_invalid', `There is no ${RELEASE} in ${directory}.`);
    const release = valid(RELEASE, text, ReleaseParts);
    const name = release.tool_pins ?? PINS;
    const pinsText = await textOf(join(directory, name));
    const pins = pinsText === undefined || isEmpty(pinsText) ? {} : valid(name, pinsText, ToolPins);
    const definitions = await definitionsIn(join(directory, dirname(name), DEFINITIONS));
    return new PinsFile(directory, release, { pins, definitions });
  }

  /** Absolute path of the pins. */
  get path(): string {
    return join(this.#directory, this.#name);
  }

  of(server: string): ApprovedServer {
    return {
      pins: Object.hasOwn(this.#pins, server) ? this.#pins[server] : undefined,
      definitions: (Object.hasOwn(this.#definitions, server) ? this.#definitions[server] : undefined) ?? {},
    };
  }

  /**
   * Writes what was approved: first the definitions, then the digests, which alone decide, and last the line in `release.yaml`
   * that names them. Each file is replaced in one step; the order and the comments of those that are there stay.
   */
  async write(server: string, changes: PinChanges): Promise<void> {
    await this.#writeDefinitions(server, changes);
    const document = await this.#document();
    if (!isMap(document.getIn([server]))) document.setIn([server], document.createNode({}));
    for (const [tool, approved] of changes) {
      if (approved === undefined) document.deleteIn([server, tool]);
      else document.setIn([server, tool], approved.digest);
    }
    const text = document.toString({ lineWidth: 0 });
    this.#pins = valid(this.#name, text, ToolPins);
    await replaceFile(this.path, text);
    if (!this.#isNamed) await this.#nameInRelease();
  }

  async #document(): Promise<Document> {
    const text = (await textOf(this.path)) ?? NEW_PINS;
    const document = parseDocument(text, { stringKeys: true, schema: 'core' });
    if (document.contents !== null && isMap(document.contents)) return document;
    const fresh = new Document({});
    const { commentBefore, comment } = document;
    fresh.commentBefore = commentBefore ?? comment ?? null;
    return fresh;
  }

  async #writeDefinitions(server: string, changes: PinChanges): Promise<void> {
    const own = new Map(Object.entries(this.of(server).definitions));
    for (const [tool, approved] of changes) {
      if (approved === undefined) own.delete(tool);
      else own.set(tool, approved.definition);
    }
    const all = new Map(Object.entries(this.#definitions)).set(server, Object.fromEntries(own));
    this.#definitions = Object.fromEntries(all);
    const path = join(this.#directory, dirname(this.#name), DEFINITIONS);
    await replaceFile(path, `${DEFINITIONS_HEAD}${stringify(this.#definitions, { lineWidth: 0 })}`);
  }

  async #nameInRelease(): Promise<void> {
    const path = join(this.#directory, RELEASE);
    const text = (await textOf(path)) ?? '';
    const line = `tool_pins: ${this.#name}\n`;
    const appended = `${text}${text.endsWith('\n') ? '' : '\n'}${line}`;
    const named = parseDocument(appended).get('tool_pins');
    const is = isScalar(named) ? named.value : named;
    if (is !== this.#name)
      throw new Failure('configuration_invalid', `Add this line to ${path}: ${line.trimEnd()}`);
    await replaceFile(path, appended);
  }
}

function valid<Schema extends z.ZodType>(file: string, text: string, schema: Schema): z.output<Schema> {
  const document = readDocument({ file, text });
  const reading = document.kind === 'read' ? validateDocument(document.value, schema) : document;
  if (reading.kind === 'refused') throw new BundleFailure(reading.findings);
  return reading.value;
}

function isEmpty(text: string): boolean {
  return parseDocument(text).contents === null;
}

/** What is kept is only shown, so that a file which cannot be read is as none. */
async function definitionsIn(path: string): Promise<Definitions> {
  const text = await textOf(path);
  if (text === undefined) return {};
  try {
    const value: unknown = parse(text, { schema: 'core', merge: false });
    if (!isObject(value)) return {};
    return Object.fromEntries(
      Object.entries(value).map(([server, tools]) => [
        server,
        Object.fromEntries(
          Object.entries(isObject(tools) ? tools : {}).flatMap(([tool, one]) =>
            isObject(one) ? [[tool, one]] : [],
          ),
        ),
      ]),
    );
  } catch {
    return {};
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Failure('configuration_invalid', `${path} cannot be read: ${(thrown as Error).message}.`);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (cause) {
    await unlink(beside).catch(() => undefined);
    throw new Failure('configuration_invalid', `${path} cannot be written: ${(cause as Error).message}.`);
  }
}
