import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { file as fileChannel } from '#connectors/channels/file/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import { openIntake } from '#platform/inbox/intake.ts'
import { startJobs } from '#platform/jobs/runner.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import type { ImportDeps } from './deps.ts'
import { openFileStore } from './files/file-store.ts'
import { importRoutes } from './http.ts'
import { importJobs } from './run-import.ts'

const dir = mkdtempSync(join(tmpdir(), 'holdfast-imports-'))
let server: TestServer
let deps: ImportDeps
const published: string[] = []

before(async () => {
  server = await openTestServer((app, { sql }) => {
    deps = {
      db: sql as ImportDeps['db'],
      clock: systemClock,
      files: openFileStore(dir, systemClock),
      intake: openIntake({ db: sql, maxBatch: 100, maxQueue: 1_000 }),
      onAccepted: () => undefined,
      onQueued: () => undefined,
      read: fileChannel.read,
      connectionOf: (id) => (id === 'shop' ? { name: 'shop', paused: false } : null),
      rulesFor: () => new Map(fileChannel.codes.map((entry) => [entry.code, entry.fact])),
      publishStatuses: async (connection, template) => {
        published.push(`${connection} ${Object.keys(template.statusMap).join()}`)
        return ok({ added: [], kept: [] })
      },
    }
    importRoutes(app, { ...deps, zone: () => 'Asia/Shanghai' })
  })
  await ensurePartitions(server.sql, Temporal.Now.plainDateISO('UTC'))
})
after(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

const CSV = '订单号,付款时间,编码,数量\nA1,2026-01-02 10:00:00,=S1,2\nA2,nonsense,S2,1\n'
type Body = Record<string, unknown>

async function upload(text: string | Buffer, headers?: Record<string, string>) {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/imports/upload?name=%E8%AE%A2%E5%8D%95.csv',
    headers: { 'content-type': 'text/csv', ...(headers ?? (await server.asKey('imports:write'))) },
    payload: text,
  })
  return { status: answer.statusCode, body: answer.json<Body>() }
}

test('upload, suggestion, dry run, import, errors: the way of the page and of the command line', async () => {
  const { status, body } = await upload(CSV)
  assert.equal(status, 200)
  const columns = (body.columns as { name: string; samples: string[] }[]).map(({ name }) => name)
  assert.deepEqual(columns, ['订单号', '付款时间', '编码', '数量'])
  const suggestion = body.suggestion as { columns: Body }
  const template = { ...suggestion, columns: { ...suggestion.columns, sku: { column: '编码' } } }
  const dry = await server.call('POST', '/api/imports/dry-run', {
    fileId: body.fileId,
    connectionId: null,
    template,
  })
  assert.equal(dry.status, 200, JSON.stringify(dry.body))
  assert.deepEqual(published, [])
  const real = await server.call('POST', '/api/imports', {
    fileId: body.fileId,
    connectionId: 'shop',
    template,
  })
  assert.equal(real.status, 200, JSON.stringify(real.body))
  assert.deepEqual(published, ['shop '])
  const jobs = startJobs(
    {
      db: deps.db,
      clock: systemClock,
      handlers: importJobs(deps),
      onError: (error) => assert.fail(String(error)),
    },
    20,
  )
  const { jobId } = real.body as { jobId: string }
  let state = ''
  let result: Body = {}
  while (state !== 'done') {
    await new Promise((resolve) => setTimeout(resolve, 20))
    const [job] = await server.sql<{
      state: string
      result: Body
    }>`select state, result from job where id = ${BigInt(jobId)}`
    state = job?.state ?? ''
    result = job?.result ?? {}
    assert.notEqual(state, 'failed')
  }
  await jobs.stop()
  assert.deepEqual([result.rows, result.errors, result.created], [2, 1, 1])
  const errors = await server.call('GET', `/api/imports/${jobId}/errors.csv`)
  assert.equal(
    errors.body,
    '\ufeffrow,column,value,code,message\r\n3,付款时间,nonsense,file.bad_time,not a time in the format iso (not_a_time)\r\n',
  )
  const messages = await server.sql`select transport, order_no, verdict from inbox_message`
  assert.deepEqual(messages, [{ transport: 'file', order_no: 'A1', verdict: 'accepted' }])
})

test('templates are saved by name, replaced and removed', async () => {
  const template = {
    name: 'mine',
    target: 'orders',
    zone: 'America/Sao_Paulo',
    dateFormat: 'M/d/yyyy H:mm',
    currency: 'BRL',
    columns: { order_no: { column: 'id' } },
    statusMap: { shipped: 'dispatched' },
  }
  const saved = await server.call('POST', '/api/imports/templates', template)
  assert.equal(saved.status, 200)
  await server.call('POST', '/api/imports/templates', { ...template, currency: 'USD' })
  const listed = (await server.call('GET', '/api/imports/templates')).body as { items: Body[] }
  assert.deepEqual(
    listed.items.map(({ name, currency }) => [name, currency]),
    [['mine', 'USD']],
  )
  const { id } = saved.body as { id: string }
  assert.equal((await server.call('DELETE', `/api/imports/templates/${id}`)).status, 204)
  assert.equal((await server.call('DELETE', `/api/imports/templates/${id}`)).status, 404)
})

test('what cannot be imported is refused with a code before any work is queued', async () => {
  const { body } = await upload(CSV)
  const base = {
    name: 'x',
    target: 'orders',
    zone: 'UTC',
    dateFormat: '',
    currency: 'CNY',
    columns: { order_no: { column: '订单号' } },
    statusMap: {},
  }
  const codeOf = async (template: object, connectionId = 'shop', fileId = body.fileId) => {
    const answer = await server.call('POST', '/api/imports', {
      fileId,
      connectionId,
      template: { ...base, ...template },
    })
    return `${answer.status} ${(answer.body as { code?: string }).code}`
  }
  assert.equal(await codeOf({ columns: {} }), '422 imports.no_order_no')
  assert.equal(
    await codeOf({ columns: { ...base.columns, colour: { column: 'x' } } }),
    '422 imports.unknown_field',
  )
  assert.equal(await codeOf({ columns: { order_no: { column: 'id' } } }), '422 imports.column_missing')
  assert.equal(
    await codeOf({ columns: { order_no: { column: '订单号', format: 'x' } } }),
    '422 imports.bad_format',
  )
  assert.equal(await codeOf({ zone: 'Mars/Olympus' }), '422 imports.bad_zone')
  assert.equal(await codeOf({ currency: 'rmb' }), '422 imports.bad_currency')
  assert.equal(await codeOf({ statusMap: { shipped: 'teleported' } }), '422 imports.bad_status')
  assert.equal(await codeOf({}, 'nobody'), '404 imports.connection_not_found')
  assert.equal(await codeOf({}, 'shop', 'f'.repeat(64)), '404 imports.file_not_found')
  assert.equal((await server.call('GET', '/api/imports/999999/errors.csv')).status, 404)
  assert.equal((await upload('')).body.code, 'imports.file_empty')
  assert.equal((await upload(CSV, await server.asKey('orders:read'))).status, 403)
})
