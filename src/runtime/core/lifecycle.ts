/** What happens to a page, and matters to the worker behind it. */

/** What a worker cannot see for itself and the main thread forwards. */
export enum Lifecycle {
  Online = 'online',
  Offline = 'offline',
  Visible = 'visible',
  Hidden = 'hidden',
  Leaving = 'leaving',
  Resumed = 'resumed',
  Pause = 'pause',
  Resume = 'resume',
}
