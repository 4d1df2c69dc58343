import type { FileTemplate } from '#domain/file-order.ts'
import { ok, type Result } from '#kernel/result.ts'
import { type Question, suggestTemplate } from './core/suggest.ts'
import type { ImportDeps } from './deps.ts'
import { openTable, reading, take } from './files/table.ts'
import { rememberFile } from './keep-file.ts'

const SAMPLE_ROWS = 2_000
const SAMPLES_SHOWN = 5

export type Uploaded = {
  readonly fileId: string
  readonly format: 'csv' | 'xlsx'
  readonly bytes: number
  readonly encoding: string | null
  readonly delimiter: string | null
  readonly headerRow: number
  /** Estimated from the first rows; null for a workbook. */
  readonly rows: number | null
  readonly columns: readonly { readonly name: string; readonly samples: readonly string[] }[]
  readonly suggestion: FileTemplate
  readonly questions: readonly Question[]
}

/** Keeps an uploaded file and says what is in it. Refused: as `FileStore.save` and `openTable`; such a file is not kept. */
export async function receiveUpload(
  deps: ImportDeps,
  upload: { bytes: AsyncIterable<Uint8Array>; name: string; by: string; zone: string },
): Promise<Result<Uploaded>> {
  const saved = await deps.files.save(upload.bytes)
  if (!saved.ok) return saved
  const file = saved.value
  const looked = await look(deps, file, upload)
  if (!looked.ok) {
    await deps.files.remove(file.id)
    return looked
  }
  await rememberFile(deps, file, upload)
  return looked
}

async function look(
  deps: ImportDeps,
  file: { id: string; bytes: number; format: 'csv' | 'xlsx'; encoding: string | null },
  { name, zone }: { name: string; zone: string },
): Promise<Result<Uploaded>> {
  const opened = await openTable({ ...file, path: deps.files.pathOf(file.id) }, {})
  if (!opened.ok) return opened
  const { header, headerRow, delimiter, encoding, rows } = opened.value
  return await reading(async () => {
    const head = await take(rows(), SAMPLE_ROWS)
    const columns = header.map((title, index) => ({
      name: title,
      samples: head.map((row) => (row.cells[index] ?? '').slice(0, 200)).filter((cell) => cell.trim() !== ''),
    }))
    const { template, questions } = suggestTemplate(nameOf(name), columns, { zone, currency: 'CNY' })
    const width = head.reduce((sum, row) => sum + Buffer.byteLength(row.cells.join(',')) + 2, 0)
    const estimate = head.length < SAMPLE_ROWS ? head.length : Math.round((file.bytes / width) * head.length)
    return ok({
      fileId: file.id,
      format: file.format,
      bytes: file.bytes,
      encoding,
      delimiter,
      headerRow,
      rows: file.format === 'xlsx' && head.length >= SAMPLE_ROWS ? null : estimate,
      columns: columns.map((column) => ({
        name: column.name,
        samples: [...new Set(column.samples)].slice(0, SAMPLES_SHOWN),
      })),
      suggestion: { ...template, ...(headerRow === 1 ? {} : { headerRow }) },
      questions,
    })
  })
}

function nameOf(file: string): string {
  return file.replace(/\.[^.]{1,8}$/, '').slice(0, 80) || 'import'
}
