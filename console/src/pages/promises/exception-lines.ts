import type { CalendarDraft } from '#/api/promise-types.ts'

type Exception = CalendarDraft['exceptions'][number]
const LINE =
  /^(\d{4}-\d{2}-\d{2})\s*[,，]\s*(休|班|off|on)\s*(?:([0-2]\d:\d{2})\s*-\s*([0-2]\d:\d{2}))?\s*(?:[,，]\s*(.*))?$/i

export type ReadLines =
  | { readonly ok: true; readonly exceptions: readonly Exception[] }
  | { readonly ok: false; readonly line: number; readonly text: string }

/** Reads holidays as they are pasted: a line per day, `2026-10-01,休,国庆节` or `2026-10-10,班 09:00-12:00,调休`. */
export function readExceptionLines(text: string): ReadLines {
  const exceptions: Exception[] = []
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '') continue
    const match = LINE.exec(line)
    if (!match) return { ok: false, line: i + 1, text: line }
    const [, date = '', word = '', from, to, name = ''] = match
    const open = word === '班' || word.toLowerCase() === 'on'
    exceptions.push({ date, open, hours: open && from && to ? { from, to } : null, name: name.trim() })
  }
  return { ok: true, exceptions }
}

export function writeExceptionLines(exceptions: readonly Exception[]): string {
  return exceptions
    .map(({ date, open, hours, name }) => {
      const word = open ? `班${hours ? ` ${hours.from}-${hours.to}` : ''}` : '休'
      return `${date},${word}${name ? `,${name}` : ''}`
    })
    .join('\n')
}
