import { SYSTEM } from '#features/identity/index.ts'
import type { MappingDeps } from '../deps.ts'
import { lockScope, readLive } from '../store.ts'

/**
 * Shows every live mapping where rules are shown, also those that were published before there was such a place. What is shown already is
 * left alone, and so is a scope whose live version decides nothing.
 */
export async function mirrorLiveMappings(deps: MappingDeps): Promise<void> {
  const { mirror } = deps
  if (mirror === undefined) return
  for (const seen of await readLive(deps.db)) {
    const scope = { kind: seen.kind, connectionId: seen.connection_id }
    await deps.db.begin(async (tx) => {
      await mirror.lock(tx, scope)
      await lockScope(tx, scope)
      const row = (await readLive(tx)).find(
        (one) => one.kind === scope.kind && one.connection_id === scope.connectionId,
      )
      if (row === undefined || Object.keys(row.rules).length === 0) return
      await mirror.live(tx, { scope, rules: row.rules, note: '', actor: SYSTEM })
    })
  }
}
