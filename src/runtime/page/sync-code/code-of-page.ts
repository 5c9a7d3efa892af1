import { createSyncCode } from './sync-code';

/** The sync code of all components of a page that name none. */
export const codeOfPage = createSyncCode();
