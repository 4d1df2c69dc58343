export const VERSION_STATES = ['draft', 'checked', 'gray', 'live', 'retired'] as const
export type VersionState = (typeof VERSION_STATES)[number]

/**
 * What may happen to a version. `save`: other content; `pass`: the check found nothing and every case passed; `try`: a share of the orders;
 * `promote`: all of them after a share; `publish`: all of them at once; `replace`: another one is live now; `stop`: taken back, by a person
 * or a guard; `restore`: gone back to; `drop`: thrown away.
 */
export const VERSION_EVENTS = [
  'save',
  'pass',
  'try',
  'promote',
  'publish',
  'replace',
  'stop',
  'restore',
  'drop',
] as const
export type VersionEvent = (typeof VERSION_EVENTS)[number]

/** Null: refused. Total, so that a new state or event does not compile until each case is decided. */
export const TRANSITIONS: Readonly<
  Record<VersionState, Readonly<Record<VersionEvent, VersionState | 'gone' | null>>>
> = {
  draft: {
    save: 'draft',
    pass: 'checked',
    try: null,
    promote: null,
    publish: null,
    replace: null,
    stop: null,
    restore: null,
    drop: 'gone',
  },
  checked: {
    save: 'draft',
    pass: 'checked',
    try: 'gray',
    promote: null,
    publish: 'live',
    replace: null,
    stop: null,
    restore: null,
    drop: 'gone',
  },
  gray: {
    save: null,
    pass: null,
    try: null,
    promote: 'live',
    publish: null,
    replace: 'retired',
    stop: 'retired',
    restore: null,
    drop: null,
  },
  live: {
    save: null,
    pass: null,
    try: null,
    promote: null,
    publish: null,
    replace: 'retired',
    stop: 'retired',
    restore: null,
    drop: null,
  },
  retired: {
    save: null,
    pass: null,
    try: null,
    promote: null,
    publish: null,
    replace: null,
    stop: null,
    restore: 'live',
    drop: null,
  },
}

export function stateAfter(state: VersionState, event: VersionEvent): VersionState | 'gone' | null {
  return TRANSITIONS[state][event]
}
