import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import bwip from 'bwip-js'
import * as fontkit from 'fontkit'
import { assert } from '#kernel/assert.ts'
import type { LabelTools } from '../core/layout.ts'

type Letters = {
  readonly bytes: Uint8Array
  readonly hasGlyph: (codePoint: number) => boolean
  readonly widthOf: (codePoint: number) => number
}

export type LabelFont = {
  readonly regular: Uint8Array
  readonly bold: Uint8Array
  readonly tools: LabelTools
}

let opened: LabelFont | null = null

/** Noto Sans SC (SIL OFL 1.1) in two weights, opened with the first label: 21 MB that a hub without labels does not carry. */
export function labelFont(): LabelFont {
  opened ??= openFont()
  return opened
}

function openFont(): LabelFont {
  const regular = openLetters('400Regular/NotoSansSC_400Regular.ttf')
  const bold = openLetters('700Bold/NotoSansSC_700Bold.ttf')
  const measure = (text: string, isBold: boolean): number => {
    const letters = isBold ? bold : regular
    let width = 0
    for (const character of text) width += letters.widthOf(character.codePointAt(0) ?? 0)
    return width
  }
  return {
    regular: regular.bytes,
    bold: bold.bytes,
    tools: {
      measure,
      hasGlyph: (codePoint) => regular.hasGlyph(codePoint) && bold.hasGlyph(codePoint),
      bars,
      matrix,
    },
  }
}

function openLetters(file: string): Letters {
  const path = createRequire(import.meta.url).resolve(`@expo-google-fonts/noto-sans-sc/${file}`)
  const bytes = readFileSync(path)
  const font = fontkit.create(bytes)
  assert('glyphForCodePoint' in font, 'L1', 'a font collection in the place of a font')
  const widths = new Map<number, number>()
  const widthOf = (codePoint: number): number => {
    const known = widths.get(codePoint)
    if (known !== undefined) return known
    const width = font.glyphForCodePoint(codePoint).advanceWidth / font.unitsPerEm
    widths.set(codePoint, width)
    return width
  }
  return { bytes, hasGlyph: (codePoint) => font.hasGlyphForCodePoint(codePoint), widthOf }
}

const BARS_MOST = 60

function bars(text: string): readonly number[] | null {
  // Code 128 holds ASCII; what a carrier numbers with is printable.
  if (!/^[\x20-\x7e]+$/.test(text) || text.length > BARS_MOST) return null
  const [code] = bwip.raw('code128', text, {} as never)
  return code !== undefined && 'sbs' in code ? code.sbs : null
}

const MATRIX_MOST = 600

function matrix(text: string): { readonly size: number; readonly on: readonly number[] } | null {
  if (Buffer.byteLength(text) > MATRIX_MOST) return null
  const [code] = bwip.raw('qrcode', text, { eclevel: 'M' } as never)
  return code !== undefined && 'pixs' in code ? { size: code.pixx, on: code.pixs } : null
}
