import { Failure, type Principal } from '@bailiff/contract';
import type { MiddlewareHandler } from 'hono';
import type { ControlPorts } from './ports.ts';
import type { ControlContext, ControlEnvironment } from './problem.ts';
import type { Access } from './routes.ts';

/** A check before a route’s own work. */
export type Guard = MiddlewareHandler<ControlEnvironment>;

/**
 * Lets a request pass that was addressed to this gateway, and that no foreign web page made (DNS rebinding,
 * cross-site requests). @throws Failure `origin_refused`.
 */
export function guardAddress(ports: ControlPorts, access: Access): Guard {
  return async (context, next) => {
    const origin = context.req.header('origin');
    if (origin !== undefined && !ports.origins().includes(origin.toLowerCase()))
      throw new Failure('origin_refused', 'This Origin is not among listen.allowed_origins.');
    // Probes of an orchestrator name the address of the moment; what is open tells a stranger nothing.
    const host = context.req.header('host')?.toLowerCase() ?? '';
    if (access !== 'open' && !ports.hosts().includes(host))
      throw new Failure(
        'origin_refused',
        'This Host is neither the gateway’s own nor among listen.allowed_hosts.',
      );
    await next();
  };
}

/** Lets a bounded number of requests be under way at once. @throws Failure `overloaded` beyond that. */
export function guardLoad(inFlightMax: number): Guard {
  let inFlight = 0;
  return async (_context, next) => {
    if (inFlight >= inFlightMax) throw new Failure('overloaded');
    inFlight += 1;
    try {
      await next();
    } finally {
      inFlight -= 1;
    }
  };
}

/** Lets a request pass whose credential is valid and permits the route. @throws Failure `unauthenticated`, `forbidden`. */
export function guardAccess(ports: ControlPorts, access: Access): Guard {
  return async (context, next) => {
    if (access !== 'open') {
      const principal = await authenticated(context, ports);
      context.set('principal', principal);
      if (access === 'operator' && !principal.permissions.has('operator'))
        throw new Failure('forbidden', 'This needs a credential with the permission operator.');
    }
    await next();
  };
}

/** The principal of the request’s credential. @throws Failure `unauthenticated`. */
export async function authenticated(context: ControlContext, ports: ControlPorts): Promise<Principal> {
  // Headers that were sent twice come joined, which no credential survives.
  return ports.authenticate(Object.fromEntries(context.req.raw.headers));
}
