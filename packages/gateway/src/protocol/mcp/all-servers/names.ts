/** Where all servers are reached under one name, no server is called so. */
export const ALL_SERVERS = '';

/** Stands between a server’s name, which neither holds it nor makes it with what follows, and the server’s own name. */
const SEPARATOR = '__';

const SCHEME = 'bailiff://';

/** A server, and what it calls something itself. */
export interface OwnName {
  readonly serverName: string;
  readonly own: string;
}

/** What a tool, a prompt or a task of one server is called among those of all servers. */
export function prefixedName(serverName: string, own: string): string {
  return `${serverName}${SEPARATOR}${own}`;
}

/** What such a name stands for; no server has an empty name. */
export function ownNameOf(name: string): OwnName {
  const at = name.indexOf(SEPARATOR);
  if (at === -1) return { serverName: '', own: name };
  return { serverName: name.slice(0, at), own: name.slice(at + SEPARATOR.length) };
}

/** What a resource of one server, or a template of it, is called among those of all servers. */
export function prefixedUri(serverName: string, own: string): string {
  return `${SCHEME}${serverName}/${own}`;
}

/** What such a URI stands for; no server has an empty name. */
export function ownUriOf(uri: string): OwnName {
  const at = uri.startsWith(SCHEME) ? uri.indexOf('/', SCHEME.length) : -1;
  if (at === -1) return { serverName: '', own: uri };
  return { serverName: uri.slice(SCHEME.length, at), own: uri.slice(at + 1) };
}

/** What a server’s own URI is called on the route on which a client speaks: that server’s, or that of all. */
export function uriAt(route: string, { serverName, own }: OwnName): string {
  return route === serverName ? own : prefixedUri(serverName, own);
}

/** Which server’s task a client of this route means by an id, and what that server calls it. */
export function taskAt(route: string, taskId: string): OwnName {
  return route === ALL_SERVERS ? ownNameOf(taskId) : { serverName: route, own: taskId };
}
