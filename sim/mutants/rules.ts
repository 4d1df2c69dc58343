import type { Mutant } from './mutant.ts'

export const RULE_MUTANTS: readonly Mutant[] = [
  {
    id: 'rules.at-least-is-more-than',
    area: 'rules',
    file: 'src/platform/rules/cells.ts',
    find: "'>=': (value) => value >= limit,",
    put: "'>=': (value) => value > limit,",
    says: 'a cell ">= 99" does not hold for exactly 99',
  },
  {
    id: 'rules.unknown-is-no',
    area: 'rules',
    file: 'src/platform/rules/table-step.ts',
    find: `    if (holds === true) return index
    if (holds === undefined) return UNDECIDED`,
    put: '    if (holds === true) return index',
    says: 'a row that turns on what nobody knows counts as one that does not hold, and the next one decides',
    unseen: 'no rule of this world turns on what nobody knows: its tables say orElse',
  },
  {
    id: 'rules.trial-for-all',
    area: 'rules',
    file: 'src/features/rulebook/core/bucket.ts',
    find: 'return bps >= BPS_OF_ALL || (bps > 0 && bucketOf(salt, key) < bps)',
    put: 'return bps > 0',
    says: 'a version on trial decides for every order, whatever its share',
  },
  {
    id: 'rules.pin-ignored',
    area: 'rules',
    file: 'src/features/rulebook/core/choose.ts',
    find: 'const pinned = scope.pinned ?? null',
    put: 'const pinned: bigint | null = null',
    says: 'an order that one version decided is decided by another when it is looked at again',
  },
  {
    id: 'rules.own-rules-unread',
    area: 'rules',
    file: 'src/features/rulebook/core/choose.ts',
    find: '    sets.get(placeOf(kind, scope.connectorKind, scope.connection)),\n',
    put: '',
    says: "a shop's own rules never decide",
  },
  {
    id: 'rules.late-promise-is-kept',
    area: 'rules',
    file: 'src/features/promises/core/clocks.ts',
    find: "Temporal.Instant.compare(kept.at, dueAt) > 0 ? 'late' : 'kept'",
    put: "Temporal.Instant.compare(kept.at, dueAt) > 1 ? 'late' : 'kept'",
    says: 'a promise that was kept too late counts as kept in time',
  },
  {
    id: 'rules.mapping-of-shop-unread',
    area: 'rules',
    file: 'src/features/mapping/directory.ts',
    find: 'return compileRules(defaults.get(kind) ?? [], rulesOf(null), rulesOf(connection))',
    put: 'return compileRules(defaults.get(kind) ?? [], rulesOf(null), NO_RULES)',
    says: "what a person decided for one shop's codes is not applied",
  },
]
