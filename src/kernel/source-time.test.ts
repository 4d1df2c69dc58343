import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { explainTime, readTime } from './source-time.ts'
import { CANDIDATES, CORPUS, MORE, type TimeCase } from './testing/source-time-cases.ts'

const GIVEN = new URL('../../../shared/reference/tracking-timestamps.json', import.meta.url)

function check([id, system, raw, context, expected]: TimeCase): void {
  const time = readTime({ system, raw, context })
  const explained = explainTime({ system, raw, context })
  const want = expected === null ? null : Temporal.Instant.from(expected).toString()
  assert.equal(time.instant?.toString() ?? null, want, `${id}: ${explained.why ?? ''}`)
  assert.equal(explained.instant?.toString() ?? null, want, `${id}: quick and slow way differ`)
  assert.equal(time.provenance === 'ambiguous', expected === null, id)
  assert.equal(time.zone === null, expected === null, id)
  assert.equal(
    time.raw,
    typeof raw === 'string' || typeof raw === 'number' ? String(raw) : JSON.stringify(raw),
    id,
  )
}

test('every sample of the corpus means its instant, or none', () => {
  assert.equal(CORPUS.length, 81)
  for (const row of CORPUS) check(row)
})

test('further shapes of the same families', () => {
  for (const row of MORE) check(row)
})

test('a clock that occurs twice names both instants', () => {
  for (const [id, system, raw, context] of CORPUS) {
    const wanted = CANDIDATES[id]
    if (wanted === undefined) continue
    assert.deepEqual(explainTime({ system, raw, context }).candidates.map(String), wanted, id)
  }
})

test('the samples file itself, where it lies beside the project', { skip: !existsSync(GIVEN) }, () => {
  const samples = JSON.parse(readFileSync(GIVEN, 'utf8')) as {
    id: string
    carrier: string
    raw: unknown
    context: Record<string, unknown>
    expected_instant_utc: string
  }[]
  for (const { id, carrier, raw, context, expected_instant_utc: want } of samples)
    check([id, carrier, raw, context, want === 'ambiguous' ? null : want])
})

test('the four things kept', () => {
  const zoneOf = (system: string, raw: unknown, context = {}): string => {
    const { zone, provenance } = readTime({ system, raw, context })
    return `${zone} ${provenance}`
  }
  assert.equal(zoneOf('dhl', '2026-02-11T18:44:22+01:00', { country: 'DE' }), '+01:00 explicit_offset')
  assert.equal(zoneOf('sf', '2026-02-11 18:44:22'), 'Asia/Shanghai carrier_zone')
  assert.equal(zoneOf('dhl', '2026-02-11 18:44:22', { country: 'DE' }), 'Europe/Berlin place_zone')
  assert.equal(zoneOf('dhl', '2026-02-11 18:44:22'), 'null ambiguous')
  assert.equal(zoneOf('zto', 1676429769000), 'UTC explicit_offset')
})

test('an inconsistent local clock beside UTC is noted, not believed', () => {
  const raw = {
    date: '20240612',
    time: '183000',
    gmtDate: '20240612',
    gmtTime: '230000',
    gmtOffset: '-04:00',
  }
  const time = explainTime({ system: 'ups', raw })
  assert.equal(time.instant?.toString(), '2024-06-12T23:00:00Z')
  assert.equal(time.why, 'local_disagrees')
})
