import { createHash } from 'node:crypto'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { judgeFont, verdictOf } from '../core/font-verdict.ts'
import type { LabelDeps } from '../deps.ts'
import { type FontCheckRow, insertCheck } from './store.ts'

export const PDF_BYTES_MOST = 20_971_520

/** Looks at every font of an uploaded PDF and keeps the verdict, never the file. Refuses as `CheckFonts`, and `labels.pdf_empty`. */
export async function checkUpload(
  deps: Pick<LabelDeps, 'db' | 'clock' | 'checkFonts'>,
  upload: { readonly bytes: Uint8Array; readonly name: string; readonly by: string },
): Promise<Result<FontCheckRow>> {
  if (upload.bytes.length === 0) return refuse('labels.pdf_empty', 'the file is empty')
  const startedAt = performance.now()
  const found = await deps.checkFonts(upload.bytes)
  if (!found.ok) return found
  const fonts = found.value.fonts.map(judgeFont).sort((a, b) => rank(a.state) - rank(b.state))
  return ok(
    await insertCheck(deps.db, {
      name: upload.name,
      sha256: createHash('sha256').update(upload.bytes).digest('hex'),
      bytes: upload.bytes.length,
      pages: found.value.pages,
      verdict: verdictOf(fonts),
      fonts,
      took_ms: Math.round(performance.now() - startedAt),
      created_by: upload.by,
      created_at: deps.clock.now(),
    }),
  )
}

/** What needs doing first. */
function rank(state: string): number {
  return ['missing', 'unknown', 'embedded', 'embedded_subset'].indexOf(state)
}
