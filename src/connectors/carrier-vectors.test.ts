import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { connectors } from './index.ts'

type Vector = { id: string; system: string; kind: string; inputs: Record<string, unknown>; expected: unknown }
type Signer = { computeVector: (vector: Vector) => unknown }

const GIVEN = new URL('../../../shared/reference/carrier-vectors.json', import.meta.url)
/** Systems that the samples call otherwise than we do. */
const KINDS: Readonly<Record<string, string>> = { '17track': 'seventeentrack' }

const folderOf = (kind: string): URL => new URL(`./carriers/${kind}/sign.ts`, import.meta.url)

test('every carrier’s sample of a signature, where the samples lie beside the project', {
  skip: !existsSync(GIVEN),
}, async () => {
  const vectors = JSON.parse(readFileSync(GIVEN, 'utf8')) as Vector[]
  const carriers = new Set(connectors.flatMap(({ kind, role }) => (role === 'carrier' ? [kind] : [])))
  const ours = vectors.flatMap((vector) => {
    const kind = KINDS[vector.system] ?? vector.system
    return carriers.has(kind) && existsSync(folderOf(kind)) ? [{ kind, vector }] : []
  })
  assert.ok(ours.length >= 15, `${ours.length} samples are ours`)
  for (const { kind, vector } of ours) {
    const { computeVector } = (await import(folderOf(kind).href)) as Signer
    assert.deepEqual(computeVector(vector), vector.expected, `${vector.id} ${kind} ${vector.kind}`)
  }
})
