import { tryTime } from '../try-time.ts'
import type { TryAnswer, TryLine } from './try-line.ts'

export function tryTimeLine(line: TryLine): TryAnswer {
  if (line.fields.raw === undefined)
    return { id: line.id, error: { code: 'try.no_raw', detail: 'the line has no raw time' } }
  return { ...tryTime(line.fields), id: line.id }
}
