/**
 * What is done with each method that a client may send. `decided`: policy is asked. `answered`: by the gateway, without
 * effect at the server. Everything else, named here or not, is refused: what is not known to be harmless does not pass.
 */
export const REQUESTS = {
  initialize: 'decided',
  ping: 'answered',
  'tools/list': 'decided',
  'tools/call': 'decided',
  'resources/list': 'decided',
  'resources/templates/list': 'decided',
  'resources/read': 'decided',
  'resources/subscribe': 'refused',
  'resources/unsubscribe': 'refused',
  'prompts/list': 'refused',
  'prompts/get': 'refused',
  'completion/complete': 'refused',
  'logging/setLevel': 'refused',
  'tasks/get': 'refused',
  'tasks/result': 'refused',
  'tasks/list': 'refused',
  'tasks/cancel': 'refused',
} as const satisfies Record<string, Treatment>;

/** The same for notifications. `answered` ones never leave the gateway as they came. */
export const NOTIFICATIONS = {
  'notifications/initialized': 'answered',
  'notifications/cancelled': 'answered',
  'notifications/progress': 'refused',
  'notifications/roots/list_changed': 'refused',
  'notifications/tasks/status': 'refused',
} as const satisfies Record<string, Treatment>;

export type Treatment = 'decided' | 'answered' | 'refused';

type Served<Table> = {
  [Method in keyof Table]: Table[Method] extends 'refused' ? never : Method;
}[keyof Table];

/** Methods that have a handler: the compiler holds handlers and table together. */
export type ServedRequest = Served<typeof REQUESTS>;
export type ServedNotification = Served<typeof NOTIFICATIONS>;

/** Whether a request of this method is served. */
export function isServedRequest(method: string): method is ServedRequest {
  return Object.hasOwn(REQUESTS, method) && REQUESTS[method as keyof typeof REQUESTS] !== 'refused';
}

/** Whether a notification of this method is served. */
export function isServedNotification(method: string): method is ServedNotification {
  return (
    Object.hasOwn(NOTIFICATIONS, method) && NOTIFICATIONS[method as keyof typeof NOTIFICATIONS] !== 'refused'
  );
}
