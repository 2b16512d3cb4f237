import { Failure } from '@bailiff/contract';

/** How owners in `release.yaml` become accounts of a forge. */
export interface HandleOptions {
  /** Organisation whose teams owners are that nothing else says anything of. */
  readonly org: string | undefined;
  /** Owner → handle. */
  readonly handles: ReadonlyMap<string, string>;
}

/** `@person`, `@org/team`, `@group/sub/group`. */
const HANDLE = /^@[A-Za-z0-9][\w.-]*(?:\/[\w.-]+)*$/;
const ADDRESS = /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/;
const NAME = /^[A-Za-z0-9][\w.-]*$/;

/** The handles of owners, each once. @throws Failure `bad_request` for an owner that is none and nothing makes into one. */
export function handlesOf(owners: readonly string[], { org, handles }: HandleOptions): string[] {
  return [
    ...new Set(
      owners.map((owner) => {
        const named = handles.get(owner);
        if (named !== undefined) return named;
        if (isHandle(owner)) return owner;
        if (org !== undefined && NAME.test(owner)) return `@${org}/${owner}`;
        throw new Failure('bad_request', unknownOwner(owner, org));
      }),
    ),
  ];
}

/** Whether a forge takes a text as an account, team or address. */
export function isHandle(text: string): boolean {
  return HANDLE.test(text) || ADDRESS.test(text);
}

/** An organisation, with or without its `@`. @throws Failure `bad_request`. */
export function organisation(text: string): string {
  const name = text.replace(/^@/, '');
  if (/^[A-Za-z0-9][\w.-]*(?:\/[\w.-]+)*$/.test(name)) return name;
  throw new Failure('bad_request', `--org is no organisation: write it as \`acme\`.`);
}

/** `ada=@ada-acme` as a pair. @throws Failure `bad_request`. */
export function handlePair(text: string): readonly [owner: string, handle: string] {
  const end = text.lastIndexOf('=');
  const [owner, handle] = [text.slice(0, end), text.slice(end + 1)];
  if (end > 0 && isHandle(handle)) return [owner, handle];
  throw new Failure(
    'bad_request',
    '--handle is written `<owner>=<handle>`, as `ada=@ada-acme` or `risk=@acme/risk`.',
  );
}

function unknownOwner(owner: string, org: string | undefined): string {
  const mend =
    org === undefined
      ? `Say which organisation’s team it is with --org, or whose account with --handle "${owner}=@…".`
      : `Say whose account it is with --handle "${owner}=@…".`;
  return `The owner ${JSON.stringify(owner)} in release.yaml is no account of a forge. ${mend}`;
}
