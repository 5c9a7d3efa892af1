/** `init` on Create React App's templates as they are. */
import { testJourneys } from './journey';

testJourneys([
  { name: 'typescript', template: 'cra-template-typescript', packageManager: 'npm' },
  { name: 'javascript', template: 'cra-template', packageManager: 'npm' },
  { name: 'redux', template: 'cra-template-redux-typescript', packageManager: 'npm' },
  { name: 'pwa', template: 'cra-template-pwa-typescript', packageManager: 'npm' },
]);
