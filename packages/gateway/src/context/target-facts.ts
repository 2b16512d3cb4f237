import {
  type BlastRadius,
  type Call,
  type Catalogue,
  type CatalogueResource,
  type CatalogueServer,
  type CatalogueTool,
  type DataClassSource,
  Effect,
} from '@bailiff/contract';
import type { z } from 'zod';

type SourceKind = z.infer<typeof DataClassSource>['source'];

/** What the catalogue says of a target, or what holds for one that it does not list. */
export interface TargetFacts {
  readonly isListed: boolean;
  readonly effects: readonly Effect[];
  readonly blastRadius: BlastRadius;
  /** Classes that a call references, whatever its arguments. */
  readonly classes: readonly string[];
  readonly source: SourceKind;
  readonly argumentClasses: CatalogueTool['argument_classes'];
  /** Classes that an answer is declared to hold. */
  readonly returns: readonly string[];
}

/** What names a target. */
export interface NamedTarget extends Pick<Call, 'target' | 'server' | 'toolName'> {
  /** Whether the id may stand for many targets, as in lists: a URI template, or `*` for all. */
  readonly isPattern?: boolean;
}

/**
 * A target that is not listed has every effect, a high blast radius and its server’s classes; where not even the server is
 * listed, every class that the catalogue knows. Without a catalogue there are no classes to name.
 */
export function targetFacts(
  catalogue: Catalogue | undefined,
  { target, server, toolName, isPattern = false }: NamedTarget,
): TargetFacts {
  if (target.kind === 'model') return modelFacts(catalogue, target.id);
  if (target.kind === 'subagent') return subagentFacts(catalogue, target.id);
  if (server === '') return unlisted([]);
  const listed = ownEntry(catalogue?.servers, server);
  if (listed === undefined) return unlisted(Object.keys(catalogue?.data_classes ?? {}));
  switch (target.kind) {
    case 'tool': {
      const tool = ownEntry(listed.tools, toolName);
      return tool === undefined
        ? unlisted(listed.data_classes)
        : listedFacts(tool, 'tool', tool.argument_classes);
    }
    case 'resource':
      return resourceFacts(listed, target.id, isPattern ? exampleOf(target.id) : target.id);
    case 'prompt':
      return unlisted(listed.data_classes);
  }
}

/** Own keys only: a tool may be called `constructor`. */
export function ownEntry<T>(entries: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return entries !== undefined && Object.hasOwn(entries, name) ? entries[name] : undefined;
}

function unlisted(classes: readonly string[]): TargetFacts {
  return {
    isListed: false,
    effects: Effect.options,
    blastRadius: 'high',
    classes,
    source: 'server',
    argumentClasses: {},
    returns: classes,
  };
}

function listedFacts(
  entry: CatalogueTool | z.infer<typeof CatalogueResource>,
  source: SourceKind,
  argumentClasses: TargetFacts['argumentClasses'],
): TargetFacts {
  const { effects, blast_radius: blastRadius, data_classes: classes, returns } = entry;
  return { isListed: true, effects, blastRadius, classes, source, argumentClasses, returns };
}

/** A call to a model leaves the company’s own systems and writes nothing there. */
function modelFacts(catalogue: Catalogue | undefined, id: string): TargetFacts {
  const model = ownEntry(catalogue?.models, id);
  if (model === undefined) return unlisted([]);
  return {
    ...unlisted([]),
    isListed: true,
    effects: ['external'],
    blastRadius: model.blast_radius,
    source: 'model',
  };
}

/** One that is not listed may do anything with everything, whoever runs it. */
function subagentFacts(catalogue: Catalogue | undefined, id: string): TargetFacts {
  const subagent = ownEntry(catalogue?.subagents, id);
  return subagent === undefined
    ? unlisted(Object.keys(catalogue?.data_classes ?? {}))
    : listedFacts(subagent, 'subagent', subagent.argument_classes);
}

/** Blanks, control and invisible characters, backslashes, and fragments, which servers drop. */
const UNFIT_IN_URI = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Z}\\#]/u;

/** A path segment that a server would resolve, and the empty ones that file systems skip. */
const RESOLVED_SEGMENT = /(?:^|[/:])\.{1,2}(?:[/?]|$)|^file:\/\/[^?]*\/\//;

/**
 * Escapes with a second spelling: of unreserved characters (RFC 3986, 2.3), in small letters, or of none. Escaped
 * separators and control characters are read as the plain ones by some servers.
 */
const UNFIT_ESCAPE = /%(?![0-9A-F]{2})|%(?:2[DEF]|3\d|4[1-9A-F]|5[\dACF]|6[1-9A-F]|7[\dAEF]|[01][\dA-F])/;

/** Whether a URI is spelled in the one way that can be compared with what is listed; others may mean a place listed elsewhere. */
function isPlainUri(uri: string): boolean {
  if (UNFIT_IN_URI.test(uri) || RESOLVED_SEGMENT.test(uri) || UNFIT_ESCAPE.test(uri)) return false;
  return URL.parse(uri)?.href === uri;
}

/** A plain URI of those that a pattern stands for, as far as the pattern itself is plain. */
function exampleOf(pattern: string): string {
  return pattern === '*' ? 'any:x' : pattern.replaceAll(/\{[^{}]*\}/g, 'x');
}

/** `spelling` is the URI itself, or one that a pattern stands for. */
function resourceFacts(server: z.infer<typeof CatalogueServer>, uri: string, spelling: string): TargetFacts {
  if (!isPlainUri(spelling)) {
    const everything = server.resources.flatMap(({ data_classes, returns }) => [...data_classes, ...returns]);
    return unlisted([...server.data_classes, ...everything]);
  }
  let best: z.infer<typeof CatalogueResource> | undefined;
  for (const resource of server.resources) {
    if (resource.uri === uri) return listedFacts(resource, 'resource', {});
    const isPrefix = resource.uri.endsWith('*') && uri.startsWith(resource.uri.slice(0, -1));
    if (isPrefix && resource.uri.length > (best?.uri.length ?? 0)) best = resource;
  }
  return best === undefined ? unlisted(server.data_classes) : listedFacts(best, 'resource', {});
}
