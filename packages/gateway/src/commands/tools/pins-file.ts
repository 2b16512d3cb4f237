import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  Failure,
  type JsonObject,
  PackageManifest,
  type ServerConfiguration,
  ToolPins,
} from '@bailiff/contract';
import { Document, isMap, isScalar, parse, parseDocument, stringify } from 'yaml';
import type { z } from 'zod';
import { BundleFailure } from '../../distribution/finding.ts';
import { isObject, readDocument, validateDocument } from '../../distribution/sources/document.ts';
import { replaceFile } from '../replace-file.ts';
import { RELEASE, type ReleaseServers, releaseServers } from './release-servers.ts';

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

const PINS = 'tool-pins.yaml';
/** Beside the pins: what was approved, so that a change can be shown. What decides are the digests alone. */
const DEFINITIONS = 'tool-definitions.yaml';

const DEFINITIONS_HEAD = `# Each tool as it was approved, for \`./bailiff tools diff\`. Nothing is decided by this file.
`;

const NEW_PINS = `# Server → tool → SHA-256 of its definition as somebody approved it; \`./bailiff tools approve\` writes it.
`;

/** A server’s package, which its pins may stand in. */
interface PinningPackage {
  /** Absolute path of its manifest. */
  readonly file: string;
  readonly pins: ApprovedServer['pins'];
}

/** The approved tools of a policy folder, and its servers. */
export class PinsFile {
  readonly #directory: string;
  readonly #name: string;
  readonly #isNamed: boolean;
  /** Servers that are part of the release. */
  readonly servers: Readonly<Record<string, ServerConfiguration>>;
  readonly #packages: Map<string, PinningPackage>;
  #pins: ToolPins;
  #definitions: Definitions;

  private constructor(
    directory: string,
    { servers, packages, toolPins }: ReleaseServers,
    kept: { readonly pins: ToolPins; readonly definitions: Definitions },
  ) {
    this.#directory = directory;
    this.#isNamed = toolPins !== undefined;
    this.#name = toolPins ?? PINS;
    this.servers = servers;
    this.#packages = new Map(
      packages.flatMap(({ manifest, document }) =>
        manifest.kind === 'server'
          ? [[manifest.name, { file: join(directory, document.file), pins: manifest.tool_pins }] as const]
          : [],
      ),
    );
    this.#pins = kept.pins;
    this.#definitions = kept.definitions;
  }

  /** @throws BundleFailure for files that cannot be used, Failure `configuration_invalid` where there is no release. */
  static async read(directory: string): Promise<PinsFile> {
    if ((await textOf(join(directory, RELEASE))) === undefined)
      throw new Failure('configuration_invalid', `There is no ${RELEASE} in ${directory}.`);
    const release = await releaseServers(directory);
    const name = release.toolPins ?? PINS;
    const pinsText = await textOf(join(directory, name));
    const pins = pinsText === undefined || isEmpty(pinsText) ? {} : valid(name, pinsText, ToolPins);
    const definitions = await definitionsIn(join(directory, dirname(name), DEFINITIONS));
    return new PinsFile(directory, release, { pins, definitions });
  }

  /** Absolute path of the file with a server’s pins: of all others’, where they do not stand in its package. */
  pathOf(server: string): string {
    return this.#packageOf(server)?.file ?? join(this.#directory, this.#name);
  }

  of(server: string): ApprovedServer {
    const own = this.#packageOf(server);
    const listed = Object.hasOwn(this.#pins, server) ? this.#pins[server] : undefined;
    return {
      pins: own === undefined ? listed : own.pins,
      definitions: (Object.hasOwn(this.#definitions, server) ? this.#definitions[server] : undefined) ?? {},
    };
  }

  /**
   * Writes what was approved: first the definitions, then the digests, which alone decide, and last the line in `release.yaml`
   * that names them. Each file is replaced in one step; the order and the comments of those that are there stay.
   */
  async write(server: string, changes: PinChanges): Promise<void> {
    await this.#writeDefinitions(server, changes);
    const own = this.#packageOf(server);
    if (own !== undefined) {
      const manifest = parseDocument((await textOf(own.file)) ?? '', { stringKeys: true, schema: 'core' });
      setPins(manifest, 'tool_pins', changes);
      const text = manifest.toString({ lineWidth: 0 });
      const written = valid(basename(own.file), text, PackageManifest);
      await keep(own.file, text);
      if (written.kind === 'server') this.#packages.set(server, { ...own, pins: written.tool_pins });
      return;
    }
    const document = await this.#document();
    setPins(document, server, changes);
    const text = document.toString({ lineWidth: 0 });
    this.#pins = valid(this.#name, text, ToolPins);
    await keep(this.pathOf(server), text);
    if (!this.#isNamed) await this.#nameInRelease();
  }

  /** The package that a server’s pins stand in, or are to: unless they stand with all others. */
  #packageOf(server: string): PinningPackage | undefined {
    return Object.hasOwn(this.#pins, server) ? undefined : this.#packages.get(server);
  }

  async #document(): Promise<Document> {
    const text = (await textOf(join(this.#directory, this.#name))) ?? NEW_PINS;
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
    await keep(path, `${DEFINITIONS_HEAD}${stringify(this.#definitions, { lineWidth: 0 })}`);
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
    await keep(path, appended);
  }
}

function valid<Schema extends z.ZodType>(file: string, text: string, schema: Schema): z.output<Schema> {
  const document = readDocument({ file, text });
  const reading = document.kind === 'read' ? validateDocument(document.value, schema) : document;
  if (reading.kind === 'refused') throw new BundleFailure(reading.findings);
  return reading.value;
}

function setPins(document: Document, key: string, changes: PinChanges): void {
  if (!isMap(document.getIn([key]))) document.setIn([key], document.createNode({}));
  for (const [tool, approved] of changes) {
    if (approved === undefined) document.deleteIn([key, tool]);
    else document.setIn([key, tool], approved.digest);
  }
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

async function keep(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text);
  } catch (cause) {
    throw new Failure('configuration_invalid', `${path} cannot be written: ${(cause as Error).message}.`);
  }
}
