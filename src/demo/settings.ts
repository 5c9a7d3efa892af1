/** What the address of the demo's page says, and what serves it. */

export interface Settings {
  /** Which device this frame is; absent on the stage around the frames. */
  readonly device: string | undefined;
  /** Undefined in the demo without users: the sync code takes its place. */
  readonly identity: readonly string[] | undefined;
  /** Instead of those of config.json: the relays that run beside the page, or others to try a build out against. */
  readonly relays: readonly string[] | undefined;
}

/** Everybody's: whoever opens the demo with the published salt reads and writes the same notes. */
const demoIdentity = ['demo@example.org', 'demo-user'];

/** What serves the page to two devices of one machine has written into it. */
export interface Served {
  /** The ports of localhost that are a device each; empty elsewhere. */
  readonly devicePorts: readonly string[];
  readonly relays: readonly string[] | undefined;
}

/** Reads public/index.html's `data-device-ports` and `data-relays`, lists with commas. A placeholder that nobody has filled in says nothing. */
export function readServed({ devicePorts, relays }: Readonly<Record<string, string | undefined>>): Served {
  const listOf = (text = '') => (text.startsWith('%') ? [] : text.split(',').filter(Boolean));
  const served = listOf(relays);
  return { devicePorts: listOf(devicePorts), relays: served.length > 0 ? served : undefined };
}

/** Reads `?device=a&identity=one,two&relays=url,url` and `?users=none`; an empty `relays` keeps everything on the device. */
export function readSettings({ search }: { readonly search: string }, served?: Served): Settings {
  const parameters = new URLSearchParams(search);
  const listOf = (name: string) => parameters.get(name)?.split(',').filter(Boolean);
  const identity = listOf('identity');
  const ofUser = identity && identity.length > 0 ? identity : demoIdentity;
  return {
    device: parameters.get('device') ?? undefined,
    identity: parameters.get('users') === 'none' ? undefined : ofUser,
    relays: listOf('relays') ?? served?.relays,
  };
}

export interface Frame {
  readonly device: string;
  readonly title: string;
  /** The host and port that make the frame an origin, and so a device, of its own. */
  readonly origin: string;
  readonly url: string;
}

/**
 * The two devices as addresses of this very page. `npm start` and `npx zero-backend-sync demo` serve it at two ports, so each device has a browser storage
 * of its own, and both are of the page's site; elsewhere there is one device, and the second is another browser.
 */
export function framesOf(
  {
    protocol,
    hostname,
    port,
    pathname,
    search,
  }: Pick<Location, 'protocol' | 'hostname' | 'port' | 'pathname' | 'search'>,
  devicePorts: readonly string[],
): readonly Frame[] {
  const ports = devicePorts.includes(port) ? devicePorts : [port];
  return ports.map((ownPort, index) => {
    const device = 'ab'.charAt(index);
    const origin = ownPort ? `${hostname}:${ownPort}` : hostname;
    const parameters = new URLSearchParams(search);
    parameters.set('device', device);
    return {
      device,
      title: `Device ${device.toUpperCase()}`,
      origin,
      url: `${protocol}//${origin}${pathname}?${parameters.toString()}`,
    };
  });
}
