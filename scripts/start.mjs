/**
 * `npm start`: the demo on two free ports, on loopback only. Two ports of localhost are two origins to a browser, which makes two devices out of one
 * machine, and one site, so that a browser which keeps storage from frames of other sites gives both of them theirs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import process from 'node:process';

const isInteractive = Boolean(process.stdin.isTTY && process.stdout.isTTY);

if (!existsSync(new URL('../dist/preset/index.js', import.meta.url))) {
  console.error('The preset is not built yet. Run: npm run build');
  process.exit(1);
}

const { findFreePort } = await import('../dist/preset/free-port.js');
const port = await findFreePort(Number(process.env.PORT) || 3000);
const secondPort = await findFreePort(port + 1);
const forwarder = await forward(secondPort, port);
const craco = createRequire(import.meta.url).resolve('@craco/craco/dist/scripts/start.js');
const server = spawn(process.execPath, [craco, ...process.argv.slice(2)], {
  env: {
    ...process.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    REACT_APP_DEVICE_PORTS: `${port},${secondPort}`,
    BROWSER: isInteractive ? (process.env.BROWSER ?? '') : 'none',
  },
  // CRA ends when its input ends. A pipe that nothing is written to ends with this process, however that ends.
  stdio: [isInteractive ? 'inherit' : 'pipe', 'inherit', 'inherit'],
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal));

console.log(`The demo will be at http://localhost:${port}, its second device at http://localhost:${secondPort}`);
const [code, signal] = await once(server, 'exit');
forwarder.close();
process.exit(code ?? (signal ? 1 : 0));

/** Passes on what comes to one port to another: the same server under a second origin. */
async function forward(from, to) {
  const forwarding = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  forwarding.listen(from, '127.0.0.1');
  await once(forwarding, 'listening');
  return forwarding;
}
