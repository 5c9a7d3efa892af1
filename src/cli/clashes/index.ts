import { compilerClashes } from './compiler';
import type { Clash, ClashRequest } from './clash';
import { engineClashes } from './engines';
import { peerClashes } from './peers';
import { toolClashes } from './tools';

export type { Clash } from './clash';

export function findClashes(request: ClashRequest): readonly Clash[] {
  return [...peerClashes(request), ...engineClashes(request), ...compilerClashes(request), ...toolClashes(request)];
}
