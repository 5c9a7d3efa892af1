/** The demo's entry: the stage with two devices in frames, or one of the devices in its frame. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Device } from './demo/device';
import { readSettings } from './demo/settings';
import { Stage } from './demo/stage';
import './demo/theme.css';

const settings = readSettings(window.location);
const root = document.getElementById('root');
if (!root) throw new Error('public/index.html has no element with the id "root".');

createRoot(root).render(
  <StrictMode>
    {settings.device ? <Device settings={settings} /> : <Stage hasUser={settings.identity !== undefined} />}
  </StrictMode>,
);
