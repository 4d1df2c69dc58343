/** Width of a text in em: 1 is as wide as the letters are high. */
export type Measure = (text: string, isBold: boolean) => number

export type Fitted = {
  readonly sizePt: number
  readonly lines: readonly string[]
  /** Some of the text found no room. */
  readonly isCut: boolean
}

/** Letters smaller than this do not come out on a 203 dpi head. */
export const LEAST_PT = 5
export const MM_PER_PT = 25.4 / 72
/** Height of a line in letter heights; Noto's own would be 1.45, which a label has no room for. */
export const LEADING = 1.18

/** Sets a text into a box: as large as asked where it fits, smaller where not, and cut with … where even 5 pt are too much. */
export function fitText(
  text: string,
  box: {
    readonly widthMm: number
    readonly heightMm: number
    readonly sizePt: number
    readonly isBold: boolean
  },
  measure: Measure,
): Fitted {
  for (let sizePt = box.sizePt; ; sizePt = Math.max(LEAST_PT, sizePt - 0.5)) {
    const most = Math.floor(box.heightMm / (sizePt * MM_PER_PT * LEADING) + 1e-6)
    const em = box.widthMm / (sizePt * MM_PER_PT)
    const lines = wrap(text, em, box.isBold, measure)
    if (lines.length <= most) return { sizePt, lines, isCut: false }
    if (sizePt > LEAST_PT) continue
    const room = Math.max(1, most)
    if (lines.length <= room) return { sizePt, lines, isCut: false }
    return { sizePt, lines: cutAt(lines, room, em, box.isBold, measure), isCut: true }
  }
}

/** Words of Latin letters and digits stay whole; between all other characters a line may end. */
function wrap(text: string, em: number, isBold: boolean, measure: Measure): string[] {
  const lines: string[] = []
  let line = ''
  const push = (piece: string): void => {
    const longer = line + piece
    if (line === '' || measure(longer.trimEnd(), isBold) <= em) line = longer
    else {
      lines.push(line.trimEnd())
      line = piece.trimStart()
    }
  }
  for (const piece of text.match(/[\w.,:;*+()/-]+ ?|[\s\S]/gu) ?? [])
    if (measure(piece.trimEnd(), isBold) <= em) push(piece)
    else for (const character of piece) push(character)
  if (line.trim() !== '' || lines.length === 0) lines.push(line.trimEnd())
  return lines
}

function cutAt(
  lines: readonly string[],
  most: number,
  em: number,
  isBold: boolean,
  measure: Measure,
): readonly string[] {
  const kept = lines.slice(0, most)
  let last = [...(kept.at(-1) ?? '')]
  while (last.length > 0 && measure(`${last.join('')}…`, isBold) > em) last = last.slice(0, -1)
  return [...kept.slice(0, -1), `${last.join('')}…`]
}
