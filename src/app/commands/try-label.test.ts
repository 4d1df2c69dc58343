import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PDFDocument } from '@cantoo/pdf-lib'
import { tryLabelLine } from './try-label.ts'
import { parseLine } from './try-line.ts'

const tried = async (line: object) => {
  const parsed = parseLine(JSON.stringify({ id: 7, ...line }))
  assert.ok(parsed.ok)
  return await tryLabelLine(parsed.value)
}

test('a line becomes a label: its template, what keeps it from being printed, and the page where it is wanted', async () => {
  const plain = await tried({ carrier: 'ZTO', label: { trackingNo: '75312345678901' } })
  assert.deepEqual(plain, {
    id: 7,
    template: 'franchise-76x130',
    problems: [],
    pdf: null,
    svg: null,
    ignored: [],
  })
  const rare = await tried({ label: { to: { name: '𠮷田' } } })
  assert.deepEqual(
    (rare.problems as { code: string }[]).map((one) => one.code),
    ['labels.glyph_missing'],
  )
  const mended = await tried({ label: { to: { name: '𠮷田' } }, substitutes: { 𠮷: '吉' }, want: 'svg' })
  assert.deepEqual(mended.problems, [])
  assert.match(String(mended.svg), /吉田/)
  assert.match(String(mended.svg), /138\*\*\*\*8000/)
  const page = await tried({ size: '100x180', want: 'pdf' })
  const [only] = (await PDFDocument.load(Buffer.from(String(page.pdf), 'base64'))).getPages()
  // 100 mm are 283.46 pt, 180 mm are 510.24 pt.
  assert.deepEqual([only?.getWidth().toFixed(2), only?.getHeight().toFixed(2)], ['283.46', '510.24'])
})

test('what is not known is told, never guessed', async () => {
  for (const line of [{ size: '50x50' }, { template: 'none' }, { template: 'sf-76x130', size: '100x150' }])
    assert.equal((await tried(line)).error?.code, 'try.unknown_kind')
  const line = { label: { trackingNo: 75312345678901, to: { nickname: 'x' }, goods: 'shirt', colour: 'red' } }
  const { ignored } = await tried(line)
  assert.deepEqual(ignored, ['trackingNo', 'to.nickname', 'goods', 'colour'])
})
