import { type MappingMirror, modelOfRules } from '#features/mapping/index.ts'
import { lockMirror, mirrorLive } from '#features/rulebook/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { hashOfModel } from '#platform/rules/parse-model.ts'

const KIND = 'status_mapping'

/** Shows what is published on the mapping page in the rulebook, in the same transaction. */
export function mappingMirror(clock: Clock, nameOf: (connection: string) => string | null): MappingMirror {
  return {
    lock: (tx, { kind, connectionId }) => lockMirror(tx, { kind: KIND, connectorKind: kind, connectionId }),
    live: async (tx, { scope, rules, note, actor }) => {
      const { kind: connectorKind, connectionId } = scope
      const whose = connectionId === null ? connectorKind : (nameOf(connectionId) ?? connectionId)
      await mirrorLive({ hashOf: hashOfModel }, tx, {
        kind: KIND,
        connectorKind,
        connectionId,
        name: `状态映射 ${whose}`,
        model: modelOfRules(rules),
        note,
        actor,
        now: clock.now(),
      })
    },
  }
}
