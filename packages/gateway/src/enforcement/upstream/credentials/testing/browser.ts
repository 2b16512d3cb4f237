/** Hops after which a browser gives up. */
const REDIRECTS_MAX = 20;

/** Goes where an address leads, with cookies, as a person’s browser does. Gives the last answer. */
export async function browse(address: URL): Promise<{ readonly status: number; readonly url: string }> {
  const cookies = new Map<string, string>();
  let url = address.href;
  for (let hop = 0; hop < REDIRECTS_MAX; hop += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    await response.text();
    const location = response.headers.get('location');
    if (location === null) return { status: response.status, url };
    url = new URL(location, url).href;
  }
  throw new Error('the browser was sent on for ever');
}
