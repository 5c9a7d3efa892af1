/** The status on its way to the page: what the replica says, and what only the session knows added to it. */
import type { SyncProblem } from '../core/errors';
import type { SyncStatus } from '../core/status';

export function createStatusReporter(onStatus: (status: SyncStatus) => void) {
  let latest: SyncStatus | undefined;
  let storageProblem: SyncProblem | undefined;
  let adoptionProblem: SyncProblem | undefined;
  let newerProblem: SyncProblem | undefined;
  let listProblem: SyncProblem | undefined;
  let refusedOfGuests = 0;

  function send(): void {
    if (!latest) return;
    const quarantined = latest.quarantined + refusedOfGuests;
    const own = [storageProblem, newerProblem, adoptionProblem, listProblem].flatMap((problem) => problem ?? []);
    onStatus({ ...latest, quarantined, problems: [...own, ...latest.problems] });
  }

  return {
    set(status: SyncStatus): void {
      latest = status;
      send();
    },
    /** What is wrong with the local database, until a write succeeds again. */
    setStorageProblem(problem: SyncProblem | undefined): void {
      storageProblem = problem;
      send();
    },
    /** A newer version of the app has stored documents that this one leaves alone; it lasts until the page is reloaded. */
    setNewerProblem(problem: SyncProblem): void {
      if (newerProblem) return;
      newerProblem = problem;
      send();
    },
    /** Why what a guest has written could not be adopted by now. */
    setAdoptionProblem(problem: SyncProblem): void {
      adoptionProblem = problem;
      send();
    },
    /** What is wrong with the list of relays that the site serves. */
    setListProblem(problem: SyncProblem | undefined): void {
      if (problem?.message === listProblem?.message) return;
      listProblem = problem;
      send();
    },
    /** Documents of adopted guests that break the schema. */
    setRefusedOfGuests(count: number): void {
      refusedOfGuests = count;
      send();
    },
  };
}
