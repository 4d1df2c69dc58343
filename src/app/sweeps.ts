import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'

/** Every look for what did not happen, and its rhythm. */
export function sweepsOf(_core: Core): readonly Sweep[] {
  return []
}
