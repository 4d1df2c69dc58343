import type { Language } from '#/i18n/dictionary.ts'
import { CARRIERS_EN, CARRIERS_ZH } from '#/i18n/texts/vocabulary.ts'

/** A carrier that the hub has no code for is called what its source called it. */
export function carrierName(code: string | null, language: Language): string | null {
  if (code === null || code === '') return null
  const names = language === 'en' ? CARRIERS_EN : CARRIERS_ZH
  return names[code] ?? code.replace(/^other:/, '')
}

export function carrierOptions(language: Language): { value: string; label: string }[] {
  return Object.keys(CARRIERS_ZH).map((value) => ({ value, label: carrierName(value, language) ?? value }))
}
