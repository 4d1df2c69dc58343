import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { runCli } from './cli.ts'
import { commands } from './commands/index.ts'
import { OPENAPI_FILE, writeOpenApi } from './openapi.ts'

async function run(args: string[], input: string | unknown[] = '', env: Record<string, string> = {}) {
  const out: string[] = []
  const err: string[] = []
  const text = typeof input === 'string' ? input : input.map((line) => JSON.stringify(line)).join('\n')
  const io = {
    env,
    stdin: Readable.from([text]),
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    isTerminal: false,
  }
  const code = await runCli(args, io)
  return { code, out, err: err.join('\n'), json: () => out.map((line) => JSON.parse(line)) }
}

test('help names every command; each has usage, examples and exit codes', async () => {
  const { out, code } = await run([])
  assert.equal(code, 0)
  for (const { name, load } of commands) {
    assert.match(out.join(), new RegExp(`^  ${name} `, 'm'))
    const { help } = await load()
    assert.match(help, new RegExp(`^Usage: holdfast ${name}`))
    assert.match(help, /Examples:\n {2}\S/)
    assert.match(help, /Exit codes: 0 /)
    assert.ok(help.split('\n').every((line) => line.length <= 130))
  }
})

test('wrong usage is exit 2 and one hint', async () => {
  for (const args of [
    ['cook'],
    ['config', '--nonsense'],
    ['try'],
    ['try', 'tea'],
    ['user'],
    ['user', 'add'],
    ['import'],
    ['demo', '--rate', '0'],
  ]) {
    const { code, err, out } = await run(args)
    assert.equal(code, 2, args.join(' '))
    assert.match(err, /^holdfast/)
    assert.deepEqual(out, [])
  }
})

test('config: the table, as JSON, and what is wrong with it', async () => {
  const good = await run(['config', '--json'], '', { PORT: '9000' })
  assert.equal(good.code, 0)
  assert.equal(good.json()[0].find((row: { env: string }) => row.env === 'PORT').value, '9000')
  const bad = await run(['config'], '', { PORT: 'x' })
  assert.equal(bad.code, 1)
  assert.equal(bad.err, 'holdfast: config.invalid: PORT is "x": expected a whole number from 0 to 65535')
})

test('try time: one line out for each line in, the id as it came', async () => {
  const { json, code, err } = await run(
    ['try', 'time'],
    [
      { id: 'a', carrier: 'dhl', raw: '2026-02-11T18:44:22+01:00' },
      { id: { deep: [1] }, carrier: 'dhl' },
      { carrier: 'sf', raw: 'nonsense' },
    ],
  )
  const [first, second, third] = json()
  assert.deepEqual(first, {
    id: 'a',
    instant: '2026-02-11T17:44:22Z',
    provenance: 'explicit_offset',
    zone: '+01:00',
  })
  assert.deepEqual([second.id, second.error.code], [{ deep: [1] }, 'try.no_raw'])
  assert.deepEqual([third.id, third.instant, third.provenance], [null, null, 'ambiguous'])
  assert.equal(code, 0)
  assert.match(err, /3 lines, 1 with an error/)
})

test('try: malformed lines are answered in their place; exit 1 only when every line failed', async () => {
  const mixed = await run(
    ['try', 'time'],
    'nonsense\n\n[1]\n{"id":7,"carrier":"dhl","raw":"2018-03-02T07:53:47.000Z"}\n',
  )
  assert.deepEqual(
    mixed.json().map((line) => [line.id, line.error?.code ?? line.instant]),
    [
      [null, 'try.bad_json'],
      [null, 'try.bad_json'],
      [null, 'try.bad_json'],
      [7, '2018-03-02T07:53:47Z'],
    ],
  )
  assert.equal(mixed.code, 0)
  assert.equal((await run(['try', 'time'], 'nonsense')).code, 1)
  assert.equal((await run(['try', 'time'], '')).code, 0)
})

test('try: as many answers as lines, whatever ends them; a byte order mark is no part of the first', async () => {
  const line = (id: number) => `{"id":${id},"carrier":"dhl","raw":"2018-03-02T07:53:47.000Z"}`
  const ids = async (text: string) => (await run(['try', 'time'], text)).json().map(({ id }) => id)
  assert.deepEqual(await ids(`\ufeff${line(1)}\r\n\r\n  \n${line(2)}`), [1, null, null, 2])
  assert.deepEqual(await ids(`${line(1)}\n\n`), [1, null])
  assert.deepEqual(await ids('\ufeff\n'), [null])
  assert.deepEqual(await ids(`{"id":"\u2028","carrier":"dhl","raw":"x"}\n`), ['\u2028'])
})

test('try: an id of 64 bits keeps its last digit', async () => {
  const line = '{"id":9223372036854775807,"carrier":"dhl","raw":"2018-03-02T07:53:47.000Z"}'
  const { out } = await run(['try', 'time'], line)
  assert.match(out[0] ?? '', /^\{"id":9223372036854775807,/)
})

// The digests stand in the platforms' own documents (拼多多 signing page; 丰桥 signing guide).
const PDD = {
  id: 'pdd',
  channel: 'pdd',
  kind: 'request',
  inputs: {
    client_secret: 'test-secret',
    params: {
      client_id: 'test-client',
      data_type: 'JSON',
      logistics_id: '9',
      order_sn: '240101-1',
      order_state: '1',
      timestamp: '1720000000',
      type: 'pdd.erp.order.sync',
      version: 'V1',
      waybill_no: 'SF123',
    },
  },
  expected: 'CC0F30530BBAC3FD67608391D61E370C',
}
const KDNIAO = {
  id: 21,
  system: 'kdniao',
  kind: 'DataSign',
  inputs: {
    RequestData: '{"OrderCode":"","ShipperCode":"YTO","LogisticCode":"YT0000000000001"}',
    AppKey: 'test-appkey',
  },
  expected: { dataSign_base64: 'NjYzMWQ4NDlmY2I5NWExMmRkOGZjNTRhNDFmZTI0YzI=' },
}

test('try signature: right, wrong, field by field, nothing to compare, not known', async () => {
  const { json, code } = await run(
    ['try', 'signature'],
    [
      PDD,
      { ...PDD, expected: 'CC' },
      KDNIAO,
      { ...KDNIAO, expected: { ...KDNIAO.expected, other: 1 } },
      { ...PDD, expected: undefined },
      { ...PDD, channel: 'constructor' },
      { ...PDD, inputs: {} },
      { id: 1, channel: 'shopify' },
    ],
  )
  assert.deepEqual(
    json().map((line) => [line.ok, line.error?.code]),
    [
      [true, undefined],
      [false, undefined],
      [true, undefined],
      [false, undefined],
      [null, undefined],
      [null, 'try.unknown_system'],
      [null, 'try.unknown_signature'],
      [null, 'try.no_inputs'],
    ],
  )
  assert.equal(json()[0].computed, PDD.expected)
  assert.equal(code, 0)
})

test('try message: facts, unknown codes, refusals; the gate is asked when headers or settings come along', async () => {
  const printed = {
    event: 'waybill.printed',
    id: 'evt-1',
    order_no: 'A-1',
    tracking_no: 'sf 1234',
    carrier: 'SF',
    generated_at: '2026-02-11T18:44:22+08:00',
    batch_no: 'B7',
    device_id: 'D9',
  }
  const { json, code } = await run(
    ['try', 'message'],
    [
      { id: 1, kind: 'print-station', body: printed },
      { id: 2, kind: 'print-station', body: JSON.stringify({ ...printed, event: 'waybill.eaten' }) },
      { id: 3, kind: 'print-station', body: { base64: Buffer.from('no json').toString('base64') } },
      { id: 4, connectionKind: 'print-station', headers: {}, body: printed },
      { id: 5, kind: 'teapot', body: '{}' },
      { id: 6, kind: 'print-station' },
    ],
  )
  const [first, second, third, fourth, fifth, sixth] = json()
  assert.equal(code, 0)
  const parcel = first.facts.find((fact: { subject: { by: string } }) => fact.subject.by === 'parcel')
  assert.deepEqual(
    [parcel.kind, parcel.subject.trackingNo, parcel.at.instant],
    ['waybill_issued', 'SF1234', '2026-02-11T10:44:22Z'],
  )
  assert.deepEqual(
    [parcel.detail.batchNo, parcel.detail.deviceId, parcel.code],
    ['B7', 'D9', 'event:waybill.printed'],
  )
  assert.equal(first.receipt, null)
  assert.deepEqual([second.facts, second.unknown], [[], ['event:waybill.eaten']])
  assert.equal(third.refusal.code, 'print_station.unreadable')
  assert.deepEqual([fourth.receipt.verdict, fourth.facts.length], ['rejected', first.facts.length])
  assert.equal(fifth.error.code, 'try.unknown_kind')
  assert.equal(sixth.error.code, 'try.no_body')
})

test('a command that needs a hub says where it looked for one', async () => {
  const { code, err } = await run(['status', '--url', 'http://127.0.0.1:1'])
  assert.equal(code, 3)
  assert.equal(err, 'holdfast: cli.hub_unreachable: no hub answers at http://127.0.0.1:1; is it running?')
})

test('openapi.json is what the routes say, and comes out the same twice', async () => {
  const text = await writeOpenApi()
  assert.equal(await writeOpenApi(), text)
  assert.ok(readFileSync(OPENAPI_FILE, 'utf8') === text, 'run npm run openapi and commit it')
})
