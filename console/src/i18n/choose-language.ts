import type { Language } from './dictionary.ts'

/** The choice kept in this browser, else the account's language, else the browser's own; Chinese where none of them says anything. */
export function chooseLanguage(
  stored: string | null,
  locale: string | null,
  browser: readonly string[],
): Language {
  const said = [stored, locale, browser[0]].find((text) => text != null && text !== '')
  return said == null || /^zh\b/i.test(said) ? 'zh' : 'en'
}
