/** The demo's entry: the stage with two devices in frames, or one of the devices in its frame. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Device } from './demo/device';
import { readServed, readSettings } from './demo/settings';
import { Stage } from './demo/stage';
import './demo/theme.css';

const root = document.getElementById('root');
if (!root) throw new Error('public/index.html has no element with the id "root".');

const served = readServed(root.dataset);
const settings = readSettings(window.location, served);
createRoot(root).render(
  <StrictMode>
    {settings.device ? (
      <Device settings={settings} />
    ) : (
      <Stage served={served} hasUser={settings.identity !== undefined} />
    )}
  </StrictMode>,
);
