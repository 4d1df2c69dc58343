// What a font of a PDF is, by its dictionary: ISO 32000-1 9.6.4 (subset names), 9.8 (descriptors), 9.6.2.2 (the standard fourteen).

export const FONT_STATES = ['embedded_subset', 'embedded', 'missing', 'unknown'] as const
export type FontState = (typeof FONT_STATES)[number]

/** As read from the file, before any judgement. */
export type FoundFont = {
  /** BaseFont, with its subset tag. */
  readonly name: string
  /** Type0, Type1, TrueType, Type3, MMType1, CIDFontType0, CIDFontType2... */
  readonly type: string
  readonly hasDescriptor: boolean
  readonly hasFile: boolean
  /** The glyphs are drawn in the file itself. */
  readonly isType3: boolean
  /** A part of its dictionary could not be read. */
  readonly isBroken: boolean
  /** `page 1`, `page 1 · form Fm0`, `page 2 · annotation`, `form fields`... 20 at most. */
  readonly where: readonly string[]
}
export type JudgedFont = FoundFont & {
  readonly family: string
  readonly state: FontState
  /** What to do, where something is to be done. */
  readonly zh: string
  readonly en: string
  readonly replacement: string | null
}
export type Verdict = 'good' | 'doubtful' | 'bad'

const SUBSET = /^[A-Z]{6}\+/
const STANDARD =
  /^(Courier|Helvetica|Times|Symbol|ZapfDingbats)(-(Roman|Bold|Italic|Oblique|BoldItalic|BoldOblique))?$/
/** Chinese by their names in daily use; which open font looks most like it. */
const SERIF = /song|sun|ming|simsun|stzhongsong|fangsong|kai|宋|明|楷|仿/i
const CHINESE =
  /song|hei|kai|fang|sun|ming|yahei|pingfang|heiti|noto\s?s\w+\s?(cjk|sc|tc)|source\s?han|宋|黑|楷|仿/i

export function judgeFont(font: FoundFont): JudgedFont {
  const family = font.name.replace(SUBSET, '')
  const state = stateOf(font)
  if (state === 'embedded_subset') return { ...font, family, state, zh: '', en: '', replacement: null }
  if (state === 'embedded')
    return {
      ...font,
      family,
      state,
      zh: '整个字体都嵌入了，能打印；导出时勾选「仅嵌入子集」可让文件小很多',
      en: 'the whole font is embedded: it prints; embed a subset to make the file much smaller',
      replacement: null,
    }
  if (state === 'unknown')
    return {
      ...font,
      family,
      state,
      zh: '字体信息不完整，无法判断是否嵌入；请重新导出',
      en: 'its dictionary is not whole, so nobody can tell; export the file again',
      replacement: null,
    }
  const replacement = replacementFor(family)
  return {
    ...font,
    family,
    state,
    zh: `没有嵌入，打印时会变方块或换成别的字体；换成${replacement.zh}并嵌入子集`,
    en: `not embedded: prints as boxes or in another font; use ${replacement.en} and embed a subset`,
    replacement: replacement.en,
  }
}

function stateOf({ name, hasFile, isType3, isBroken, hasDescriptor }: FoundFont): FontState {
  if (isType3) return 'embedded_subset'
  if (hasFile) return SUBSET.test(name) ? 'embedded_subset' : 'embedded'
  // Without a descriptor a font is one of the fourteen, or nothing that could be embedded: missing either way.
  if (isBroken && !hasDescriptor && name === '') return 'unknown'
  return isBroken ? 'unknown' : 'missing'
}

function replacementFor(family: string): { readonly zh: string; readonly en: string } {
  if (STANDARD.test(family)) return { zh: ' Noto Sans / Liberation Sans', en: 'Noto Sans or Liberation Sans' }
  if (SERIF.test(family) && CHINESE.test(family))
    return { zh: '思源宋体（或思源黑体）', en: 'Noto Serif SC (or Noto Sans SC)' }
  return { zh: '思源黑体', en: 'Noto Sans SC (Source Han Sans)' }
}

/** `bad`: a font is missing. `doubtful`: one could not be judged. */
export function verdictOf(fonts: readonly Pick<JudgedFont, 'state'>[]): Verdict {
  if (fonts.some((font) => font.state === 'missing')) return 'bad'
  return fonts.some((font) => font.state === 'unknown') ? 'doubtful' : 'good'
}
