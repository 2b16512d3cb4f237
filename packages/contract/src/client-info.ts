/** What the gateway says of itself to servers. */
export const CLIENT_INFO = { name: 'bailiff', version: '0.1.0' } as const;
