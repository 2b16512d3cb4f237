import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure } from '@bailiff/contract';
import { getRequestListener, RequestError } from '@hono/node-server';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { type Guard, guardAccess, guardAddress, guardLoad } from './access.ts';
import { handlersOf } from './handlers.ts';
import type { ControlPorts } from './ports.ts';
import { answerProblem, type ControlEnvironment, problemResponse } from './problem.ts';
import { type Access, ROUTES, type Route, type RouteName } from './routes.ts';

/** Nothing here is a page: no script, frame or foreign site has any business with an answer. */
const SECURITY_HEADERS = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  strictTransportSecurity: false, // whoever terminates TLS decides
});

const passes: Guard = async (_context, next) => next();

/**
 * The operators’ HTTP API. Routes and their checks are made from `ROUTES`; whatever is not in that table is 404 or 405,
 * and only for those who have a valid credential.
 */
export function createControlApi(ports: ControlPorts): Hono<ControlEnvironment> {
  const app = new Hono<ControlEnvironment>();
  app.onError((thrown, context) => answerProblem(thrown, context, ports));
  app.use(SECURITY_HEADERS, async (context, next) => {
    await next();
    context.header('cache-control', 'no-store');
  });
  const guardedLoad = guardLoad(ports.inFlightMax);
  const guarded = (access: Access): [Guard, Guard, Guard] => [
    guardAddress(ports, access),
    access === 'open' ? passes : guardedLoad, // an overloaded gateway is alive
    guardAccess(ports, access),
  ];
  const handlers = handlersOf(ports);
  for (const name of Object.keys(ROUTES) as RouteName[]) {
    const { method, path, access } = ROUTES[name];
    app.on(method, path, ...guarded(access), handlers[name]);
  }
  for (const [path, routes] of Map.groupBy<string, Route>(Object.values(ROUTES), ({ path }) => path)) {
    const allow = routes.map(({ method }) => method).join(', ');
    const access = routes.some((route) => route.access === 'open') ? 'open' : 'caller';
    app.all(path, ...guarded(access), () =>
      problemResponse(new Failure('method_not_allowed'), { headers: { allow } }),
    );
  }
  app.all('*', ...guarded('caller'), () => problemResponse(new Failure('not_found')));
  return app;
}

/** The API as a listener of `node:http`. What is no request is answered 400, as a problem like the rest. */
export function controlListener(
  app: Hono<ControlEnvironment>,
): (request: IncomingMessage, response: ServerResponse) => void {
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: (thrown) =>
      problemResponse(new Failure(thrown instanceof RequestError ? 'bad_request' : 'internal')),
  });
  return (request, response) => {
    void listener(request, response); // answers and closes whatever happens
  };
}
