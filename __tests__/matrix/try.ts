import { makeApp, configure } from './apps';
import { craco, startDevServer } from './craco';
import { askProbe, launchBrowser, openApp } from './browser';
import { serveFolders } from '../../bench/support/static-server';
import { startRelay } from '../../src/relay';
(async () => {
  const app = await makeApp((process.argv[2] ?? 'cra-template-typescript') as never);
  console.log(app);
  configure(app, process.argv[3] ?? '{}');
  const browser = await launchBrowser();
  if (process.argv[4] !== 'dev') {
    console.time('build');
    const b = await craco(app, 'build');
    console.timeEnd('build');
    console.log(b.status, b.output.slice(-3000));
    const relays = await Promise.all([1, 2, 3].map(() => startRelay()));
    const s = await serveFolders(
      { '/': app + '/build' },
      {
        'Content-Security-Policy':
          "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' wss: ws:",
      },
    );
    const o = await openApp(
      browser,
      `http://127.0.0.1:${s.port}/?` + relays.map((r) => 'relay=' + encodeURIComponent(r.url)).join('&'),
    );
    console.log(await Promise.race([askProbe(o.page), new Promise((r) => setTimeout(r, 20000))]), o.problems);
    await o.close();
    await s.stop();
    for (const r of relays) await r.stop();
  }
  if (process.argv[4] !== 'build') {
    console.time('dev');
    const d = await startDevServer(app);
    await d.prints(/Compiled|Failed/);
    console.timeEnd('dev');
    console.log(d.output().slice(-1500));
    const o = await openApp(browser, d.url);
    console.log(await Promise.race([askProbe(o.page), new Promise((r) => setTimeout(r, 20000))]), o.problems);
    await d.stop();
  }
  await browser.close();
})();
