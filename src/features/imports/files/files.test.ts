import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { serialToDate } from 'hucre'
import { writeXlsx } from 'hucre/xlsx'
import { systemClock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import { openFileStore } from './file-store.ts'
import { CELLS_MOST } from './row.ts'
import { openTable, reading, take } from './table.ts'
import { checkZip } from './zip-check.ts'

const dir = mkdtempSync(join(tmpdir(), 'holdfast-files-'))
after(() => rmSync(dir, { recursive: true, force: true }))
const store = openFileStore(dir, systemClock, 5_000_000)

async function* chunksOf(bytes: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Header and rows of a file as the import sees it, or the code of the refusal. */
async function rowsOf(bytes: Uint8Array, choice = {}, chunk = 4_096): Promise<string[][] | string> {
  const saved = await store.save(chunksOf(bytes, chunk))
  if (!saved.ok) return saved.refusal.code
  const opened = await openTable({ ...saved.value, path: store.pathOf(saved.value.id) }, choice)
  if (!opened.ok) return opened.refusal.code
  const read = await reading(async () => ok(await take(opened.value.rows(), 100_000)))
  if (!read.ok) return read.refusal.code
  return [[...opened.value.header], ...read.value.map(({ row, cells }) => [String(row), ...cells])]
}
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')

test('encodings are told apart, however the bytes are cut', async () => {
  const text = '订单号,备注\nA1,你好\n'
  const expected = [
    ['订单号', '备注'],
    ['2', 'A1', '你好'],
  ]
  const gb18030 = Buffer.from([
    0xb6, 0xa9, 0xb5, 0xa5, 0xba, 0xc5, 0x2c, 0xb1, 0xb8, 0xd7, 0xa2, 0x0a, 0x41, 0x31, 0x2c, 0xc4, 0xe3,
    0xba, 0xc3, 0x0a,
  ])
  const cases: readonly (readonly [string, Buffer])[] = [
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE with mark', utf16(`\ufeff${text}`)],
    ['UTF-16 BE with mark', utf16(`\ufeff${text}`).swap16()],
    ['GB18030', gb18030],
  ]
  for (const [name, bytes] of cases)
    for (const chunk of [1, 3, 4_096]) assert.deepEqual(await rowsOf(bytes, {}, chunk), expected, name)
  assert.deepEqual(await rowsOf(utf16('order_no,sku\nA1,S1\n')), [
    ['order_no', 'sku'],
    ['2', 'A1', 'S1'],
  ])
})

test('a file that turns Chinese after its first hundred kilobytes is GB18030 all the same', async () => {
  const bytes = Buffer.concat([
    Buffer.from(`a,b\n${'1,2\n'.repeat(50_000)}`),
    Buffer.from([0xc4, 0xe3, 0xba, 0xc3]),
    Buffer.from(',x\n'),
  ])
  const rows = await rowsOf(bytes)
  assert.deepEqual(rows.at(-1), ['50002', '你好', 'x'])
})

test('bytes of no known encoding are refused until somebody names it', async () => {
  const latin = Buffer.from('order,city\n1,S\xe3o\n2,\xff\xff\n', 'latin1')
  assert.equal(await rowsOf(latin), 'imports.encoding_unknown')
  const rows = await rowsOf(latin, { encoding: 'windows-1252' })
  assert.deepEqual(rows.at(1), ['2', '1', 'São'])
})

test('separators are found; quotes hold separators, line breaks and quotes', async () => {
  for (const separator of [',', ';', '\t', '|'])
    assert.deepEqual(
      await rowsOf(Buffer.from(`no${separator}note\r\nA1${separator}"x, y;\nz ""q"""\r\nA2${separator}\r\n`)),
      [
        ['no', 'note'],
        ['2', 'A1', 'x, y;\nz "q"'],
        ['3', 'A2', ''],
      ],
      JSON.stringify(separator),
    )
})

test('formulas are text; a number kept as a literal formula is its digits; blank lines keep the count', async () => {
  assert.deepEqual(await rowsOf(Buffer.from('no,x\n="0690123456789",=1+1\n\n,\nA2,@cmd\n')), [
    ['no', 'x'],
    ['2', '0690123456789', '=1+1'],
    ['5', 'A2', '@cmd'],
  ])
})

test('a quotation mark that is never closed is told, and nothing hangs', async () => {
  assert.equal(await rowsOf(Buffer.from('no,x\n"A1,1\nA2,2\n')), 'imports.csv_broken')
  assert.equal(await rowsOf(Buffer.from(`no,x\n"A1,${'y'.repeat(4_500_000)}`)), 'imports.csv_broken')
})

test('10,000 columns, an empty file, blank rows, other formats and too many bytes are refused', async () => {
  assert.equal(await rowsOf(Buffer.from(`${'a,'.repeat(10_000)}b\n`)), 'imports.too_many_columns')
  assert.equal(
    await rowsOf(Buffer.from(`no,x\n${'1,'.repeat(CELLS_MOST + 1)}\n`)),
    'imports.too_many_columns',
  )
  assert.equal(await rowsOf(Buffer.alloc(0)), 'imports.file_empty')
  assert.equal(await rowsOf(Buffer.from('\n\n  \n')), 'imports.no_rows')
  assert.equal(await rowsOf(Buffer.from('%PDF-1.7 ...')), 'imports.binary')
  assert.equal(
    await rowsOf(Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])),
    'imports.xls_unsupported',
  )
  assert.equal(await rowsOf(Buffer.alloc(5_000_001, 'a')), 'imports.file_too_large')
  assert.deepEqual(
    readdirSync(join(dir, 'imports')).filter((name) => name.startsWith('upload-')),
    [],
  )
})

test('a workbook: dates are the clock that they show, numbers keep what a sheet keeps, formulas are text', async () => {
  const bytes = await writeXlsx({
    sheets: [
      {
        name: 'orders',
        rows: [
          ['订单号', 'placed', 'price', 'long', 'note'],
          // 43010.455555… : 2 October 2017, 10:56 on the sheet, in whatever zone the template says.
          ['A1', serialToDate(43_010.455_555_555_556), 19.99, Number('1234567890123456789'), '=1+1'],
          [],
          ['A2', null, 0.1 + 0.2, 20171002, true],
        ],
      },
    ],
  })
  assert.deepEqual(await rowsOf(bytes), [
    ['订单号', 'placed', 'price', 'long', 'note'],
    ['2', 'A1', '2017-10-02 10:56:00', '19.99', '1.23456789012346E+18', '=1+1'],
    ['4', 'A2', '', '0.3', '20171002', 'TRUE'],
  ])
})

/** A ZIP archive of one deflated part, with whatever sizes it states of itself. */
function zipOf(name: string, content: Buffer, stated = content.length): Buffer {
  const packed = deflateRawSync(content)
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(8, 8)
  local.writeUInt32LE(packed.length, 18)
  local.writeUInt32LE(stated, 22)
  local.writeUInt16LE(name.length, 26)
  const central = Buffer.alloc(46)
  central.writeUInt32LE(0x02014b50, 0)
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(packed.length, 20)
  central.writeUInt32LE(stated, 24)
  central.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(46 + name.length, 12)
  end.writeUInt32LE(30 + name.length + packed.length, 16)
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end])
}

test('an archive that unfolds to more than it says is found by unfolding it', async () => {
  const limits = { entries: 10, total: 3_000_000, held: 1_000_000 }
  const path = join(dir, 'bomb')
  const codeOf = async (bytes: Buffer): Promise<string> => {
    writeFileSync(path, bytes)
    const checked = await checkZip(path, limits)
    return checked.ok ? 'ok' : checked.refusal.code
  }
  assert.equal(await codeOf(zipOf('xl/sharedStrings.xml', Buffer.alloc(900_000))), 'ok')
  assert.equal(
    await codeOf(zipOf('xl/sharedStrings.xml', Buffer.alloc(1_100_000), 10)),
    'imports.xlsx_too_large',
  )
  assert.equal(await codeOf(zipOf('xl/worksheets/sheet1.xml', Buffer.alloc(2_900_000))), 'ok')
  assert.equal(
    await codeOf(zipOf('xl/worksheets/sheet1.xml', Buffer.alloc(3_100_000), 10)),
    'imports.xlsx_too_large',
  )
  assert.equal(await codeOf(zipOf('a', Buffer.alloc(100)).subarray(0, 60)), 'imports.xlsx_broken')
})

test('any bytes are read or refused with a code', async () => {
  const workbook = Buffer.from(
    await writeXlsx({
      sheets: [
        {
          name: 's',
          rows: [
            ['a', 'b'],
            ['1', 2],
          ],
        },
      ],
    }),
  )
  const mutated = fc
    .tuple(fc.nat(workbook.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }))
    .map(([at, patch]) => {
      const bytes = Buffer.from(workbook)
      bytes.set(patch.subarray(0, bytes.length - at), at)
      return bytes
    })
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ';', '=', '\t', '\u0000', '中') })
  const inputs = fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    text.map((one) => Buffer.from(one)),
    mutated,
  )
  await fc.assert(
    fc.asyncProperty(inputs, async (bytes) => {
      const rows = await rowsOf(bytes)
      if (typeof rows === 'string') assert.match(rows, /^imports\.[a-z_]+$/)
    }),
    { numRuns: 300 },
  )
  assert.equal(typeof (await rowsOf(randomBytes(100_000))), 'string')
})
