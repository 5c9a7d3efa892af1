/** What the address of the demo's page says. */

export interface Settings {
  /** Which device this frame is; absent on the stage around the frames. */
  readonly device: string | undefined;
  /** Undefined in the demo without users: the sync code takes its place. */
  readonly identity: readonly string[] | undefined;
  /** Instead of those of config.json, for a build that is tried out against relays of one's own. */
  readonly relays: readonly string[] | undefined;
}

/** Everybody's: whoever opens the demo with the published salt reads and writes the same notes. */
const demoIdentity = ['demo@example.org', 'demo-user'];

/** Reads `?device=a&identity=one,two&relays=url,url` and `?users=none`; an empty `relays` keeps everything on the device. */
export function readSettings({ search }: { readonly search: string }): Settings {
  const parameters = new URLSearchParams(search);
  const listOf = (name: string) => parameters.get(name)?.split(',').filter(Boolean);
  const identity = listOf('identity');
  const ofUser = identity && identity.length > 0 ? identity : demoIdentity;
  return {
    device: parameters.get('device') ?? undefined,
    identity: parameters.get('users') === 'none' ? undefined : ofUser,
    relays: listOf('relays'),
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
 * The two devices as addresses of this very page. `npm start` serves it at two ports, so each device has a browser storage of its own, and both are of the
 * page's site; elsewhere there is one device, and the second is another browser.
 * @param devicePorts as `3000,3001`.
 */
export function framesOf(
  { protocol, hostname, port, pathname, search }: Location,
  devicePorts = process.env.REACT_APP_DEVICE_PORTS ?? '',
): readonly Frame[] {
  const both = devicePorts.split(',');
  const ports = both.includes(port) ? both : [port];
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
