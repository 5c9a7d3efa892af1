import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkReactScripts } from '../../src/preset/app';

describe('an app', () => {
  let app: string;
  beforeEach(() => {
    app = mkdtempSync(path.join(tmpdir(), 'zbs-app-'));
  });
  afterEach(() => rmSync(app, { recursive: true }));

  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    writeFileSync(path.join(app, file), text);
  };
  const install = (name: string, version: string) => {
    write('package.json', JSON.stringify({ dependencies: { [name]: version } }));
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version }));
  };

  test('with react-scripts 5 is what the preset is for', () => {
    install('react-scripts', '5.0.1');
    expect(() => checkReactScripts(app)).not.toThrow();
  });

  test('with a fork of react-scripts 5 that CRACO was told of is, too', () => {
    install('@company/react-scripts', '5.3.0');
    expect(() => checkReactScripts(app, '@company/react-scripts')).not.toThrow();
  });

  test.each(['4.0.3', '6.0.0', '50.0.0'])('with react-scripts %s is told which are supported', (version) => {
    install('react-scripts', version);
    expect(() => checkReactScripts(app)).toThrow(expect.objectContaining({ code: 'REACT_SCRIPTS_UNSUPPORTED' }));
    expect(() => checkReactScripts(app)).toThrow(`react-scripts ${version}`);
    expect(() => checkReactScripts(app)).toThrow('react-scripts 5.x');
  });

  test('without react-scripts is told so', () => {
    write('package.json', '{}');
    expect(() => checkReactScripts(app)).toThrow(expect.objectContaining({ code: 'REACT_SCRIPTS_MISSING' }));
  });

  test('that is ejected is told so, even if react-scripts was left behind', () => {
    install('react-scripts', '5.0.1');
    write('package.json', JSON.stringify({ dependencies: { webpack: '5' } }));
    write('config/webpack.config.js', '');
    expect(() => checkReactScripts(app)).toThrow(expect.objectContaining({ code: 'APP_EJECTED' }));
    expect(() => checkReactScripts(app)).toThrow('not ejected, with react-scripts 5.x');
  });
});
