import type { LaidOut } from './layout.ts'
import { MM_OF_SIZE } from './template.ts'
import { MM_PER_PT } from './text-fit.ts'

const FONTS = "'Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif"

/** The marks of a label as a picture, one unit to the millimetre; letters as wide as the print's own font makes them. */
export function drawSvg({ size, marks }: Pick<LaidOut, 'size' | 'marks'>): string {
  const { width, height } = MM_OF_SIZE[size]
  const body = marks
    .map((mark) => {
      if (mark.kind === 'rect') return rectOf(mark.x, mark.y, mark.w, mark.h)
      if (mark.kind === 'bars') return mark.rects.map(([x, y, w, h]) => rectOf(x, y, w, h)).join('')
      if (mark.kind === 'line') {
        const dash = mark.isDashed ? ' stroke-dasharray="1.5 1"' : ''
        return `<line x1="${n(mark.x)}" y1="${n(mark.y)}" x2="${n(mark.x2)}" y2="${n(mark.y)}" stroke="#000" stroke-width="0.25"${dash}/>`
      }
      const look = `font-size="${n(mark.sizePt * MM_PER_PT)}" font-weight="${mark.isBold ? 700 : 400}" fill="${mark.isWhite ? '#fff' : '#000'}"`
      const wide = `textLength="${n(mark.widthMm)}" lengthAdjust="spacingAndGlyphs"`
      return `<text x="${n(mark.x)}" y="${n(mark.y)}" ${look} ${wide} xml:space="preserve">${escaped(mark.text)}</text>`
    })
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${height}mm" viewBox="0 0 ${width} ${height}" font-family="${FONTS}"><rect width="${width}" height="${height}" fill="#fff"/>${body}</svg>`
}

function rectOf(x: number, y: number, w: number, h: number): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}"/>`
}

function n(mm: number): string {
  return String(Math.round(mm * 1_000) / 1_000)
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
