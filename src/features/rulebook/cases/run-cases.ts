import type { CompiledRules } from '#domain/rulebook.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { CaseRun } from '../deps.ts'
import { differenceOf } from './core/compare.ts'
import { type CaseRow, readCases } from './store.ts'

/** Every test case of the set, decided by these rules: what came out, and what is otherwise than it should be. Changes nothing. */
export async function runCases(sql: Sql, setId: bigint, rules: CompiledRules): Promise<readonly CaseRun[]> {
  return (await readCases(sql, setId)).map((one) => runCase(rules, one))
}

export function runCase(
  rules: CompiledRules,
  { id, name, input, expected }: Pick<CaseRow, 'id' | 'name' | 'input' | 'expected'>,
): CaseRun {
  const got = rules.decide(input)
  const difference = differenceOf(expected, got)
  return { id, name, passed: difference === null, got, expected, difference }
}
