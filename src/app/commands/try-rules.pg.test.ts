import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import type { RuleModel } from '#domain/rulebook.ts'
import { FREIGHT_KIND } from '#features/freight/index.ts'
import { splitKind } from '#features/splitting/index.ts'
import { hashOfModel } from '#platform/rules/parse-model.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { runCli } from '../cli.ts'

let db: FreshDatabase
const scratch = mkdtempSync(join(tmpdir(), 'holdfast-try-'))
const freightModel = templateOf(FREIGHT_KIND, 'recommended')
const splitModel = templateOf(splitKind, 'gift-with-main')
before(async () => {
  db = await freshDatabase()
  writeFileSync(join(scratch, 'freight.json'), JSON.stringify(freightModel))
  writeFileSync(join(scratch, 'split.json'), JSON.stringify({ id: '7', number: 3, model: splitModel }))
  writeFileSync(join(scratch, 'broken.json'), JSON.stringify({ ...freightModel, start: 'nowhere' }))
})
after(async () => {
  await db.close()
  rmSync(scratch, { recursive: true, force: true })
})

function templateOf(kind: typeof FREIGHT_KIND, id: string): RuleModel {
  const found = kind.templates.find((one) => one.id === id)
  assert.ok(found)
  return found.model
}

/** The reader of a line's answer; a test that reads what is not there fails by its assertion. */
type Answer = Record<string, unknown> & { error?: { code: string }; line?: number }

async function attempt(args: string[], lines: readonly unknown[], env: Record<string, string>) {
  const out: string[] = []
  const err: string[] = []
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  const code = await runCli(['try', ...args], {
    env,
    stdin: Readable.from([text]),
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    isTerminal: false,
  })
  return { code, answers: out.map((line) => JSON.parse(line) as Answer), err: err.join('\n') }
}
/** No database of these settings answers: whoever asks for one is seen. */
const alone = { DATABASE_URL: 'postgres://127.0.0.1:1/nothing' }
const withHub = () => ({ DATABASE_URL: db.url, DATA_DIR: join(scratch, 'hub') })

const int = (value: number) => ({ int: String(value) })
function order(amount: number, province = '浙江', level = 'old') {
  const region = { region_class: province === '新疆' ? 'remote' : 'mainland', country: 'CN', province }
  const values = {
    order_source: 'pinduoduo',
    customer_level: level,
    order_count: int(3),
    order_amount: int(amount),
    ...region,
  }
  return { currency: 'CNY', values, lines: [] }
}

test('a model file needs no hub: decision, path and words for each line', async () => {
  const ruleset = join(scratch, 'freight.json')
  const lines = [
    { id: 'a', order: order(9_899), ruleset },
    { id: 'b', order: order(9_900), ruleset },
    { id: 'c', order: order(19_900, '新疆'), ruleset },
    { id: 'd', order: order(9_900, ''), ruleset },
  ]
  const { code, answers, err } = await attempt(['freight'], lines, alone)
  assert.equal(code, 0, err)
  assert.deepEqual(
    answers.map(({ id, outcome }) => [id, outcome]),
    [
      ['a', 'decided'],
      ['b', 'decided'],
      ['c', 'decided'],
      ['d', 'review'],
    ],
  )
  const [low, middle, far] = answers
  assert.match(JSON.stringify(low?.actions), /"amount":\{"int":"1200"\}/)
  assert.match(JSON.stringify(middle?.words), /8\.00/)
  assert.match(JSON.stringify(far?.words), /15\.00/)
  assert.deepEqual(low?.rules, { file: ruleset })
  assert.ok(Array.isArray(low?.path) && low.path.length >= 3)
})

test('a bad line is answered with its code and its number, the others are answered all the same', async () => {
  const ruleset = join(scratch, 'freight.json')
  const lines = [
    '{',
    { id: 2, ruleset },
    { id: 3, order: { currency: 'CNY', values: { order_amount: 99 } }, ruleset },
    { id: 4, order: order(100), ruleset: join(scratch, 'none.json') },
    { id: 5, order: order(100), ruleset: join(scratch, 'broken.json') },
    { id: 6, order: order(100), ruleset: 7.5 },
    { id: 7, order: order(100), ruleset },
  ]
  const { code, answers, err } = await attempt(['freight'], lines, alone)
  assert.equal(code, 1)
  assert.deepEqual(
    answers.map(({ error, line }) => [error?.code, line]),
    [
      ['try.bad_json', 1],
      ['try.no_order', 2],
      ['try.no_order', 3],
      ['try.model_unreadable', 4],
      ['rulebook.model_invalid', 5],
      ['try.model_unreadable', 6],
      [undefined, undefined],
    ],
  )
  assert.match(err, /7 lines, 6 with an error/)
})

test('split also says the parcels, from a file of lines; a gift stays with its main product', async () => {
  const line = (id: string, sku: string, gift: boolean) => ({
    id,
    values: { sku, quantity: int(2), gift, piece_weight: int(500), line_amount: int(gift ? 0 : 5_000) },
  })
  const file = join(scratch, 'lines.jsonl')
  const given = {
    order: {
      currency: 'CNY',
      values: { has_gift: true },
      lines: [line('1', 'A', false), line('2', 'G', true)],
    },
    gifts: [{ gift: 'G', main: 'A' }],
    ruleset: join(scratch, 'split.json'),
  }
  writeFileSync(file, JSON.stringify(given))
  const { code, answers, err } = await attempt(['split', file], [], alone)
  assert.equal(code, 0, err)
  const [parcel, more] = (answers[0]?.parcels ?? []) as { pieces: unknown }[]
  assert.equal(more, undefined)
  assert.deepEqual(parcel?.pieces, [
    { line: '1', sku: 'A', quantity: 2 },
    { line: '2', sku: 'G', quantity: 2 },
  ])
  assert.equal((await attempt(['split', join(scratch, 'none')], [], alone)).code, 1)
})

test('live rules and rule sets are read from the database; where it does not answer, that is an outage', async () => {
  const [set] = await db.sql<{ id: bigint }>`
    insert into rule_set (kind, name, created_by, created_at, updated_at) values ('freight', 'f', 't', now(), now()) returning id`
  const id = set?.id ?? 0n
  const [version] = await db.sql<{ id: bigint }>`
    insert into rule_version (set_id, number, state, model, hash, author, author_id, created_at, updated_at)
    values (${id}, 4, 'live', ${JSON.stringify(freightModel)}::jsonb, ${hashOfModel(freightModel)}, 't', 't', now(), now()) returning id`
  await db.sql`update rule_set set live_version = ${version?.id ?? 0n}, revision = 1 where id = ${id}`
  const lines = [
    { id: 1, order: order(9_899) },
    { id: 2, order: order(9_899), ruleset: String(id) },
    { id: 3, order: order(9_899), ruleset: '999999' },
    { id: 4, orderNo: 'NOBODY-1' },
  ]
  const { answers, err } = await attempt(['freight'], lines, withHub())
  assert.deepEqual(
    answers.map(({ error }) => error?.code ?? null),
    [null, null, 'try.nothing_live', 'try.order_not_found'],
    err,
  )
  for (const answer of answers.slice(0, 2)) {
    assert.deepEqual(answer.rules, { set: String(id), version: 4, arm: 'live' })
    assert.equal(answer.outcome, 'decided')
  }
  const none = await attempt(['sourcing'], [{ order: order(1) }], withHub())
  assert.deepEqual([none.code, none.answers[0]?.error?.code], [1, 'try.nothing_live'])
  const away = await attempt(['freight'], [{ order: order(1) }], alone)
  assert.deepEqual([away.code, away.answers], [3, []])
})
