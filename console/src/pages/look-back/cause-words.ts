import type { useWording } from '#/i18n/language.tsx'

type Words = Pick<ReturnType<typeof useWording>, 't'>

const PROVENANCES: readonly string[] = ['explicit_offset', 'carrier_zone', 'place_zone', 'ambiguous']

/** What the differences of one cause have in common, in words: `moved +7:00 carrier_zone>explicit_offset`. */
export function causeWords({ t }: Words, cause: string): string {
  const [what = '', first = '', second = ''] = cause.split(' ')
  if (what === 'moved') {
    const [before = '', after = ''] = second.split('>')
    const how = (code: string): string =>
      PROVENANCES.includes(code) ? t(`provenance.${code}` as 'provenance.ambiguous') : code
    const shift = first === '?' ? t('lookBack.c.unknownShift') : first
    return before === after
      ? t('lookBack.c.moved', { shift })
      : t('lookBack.c.movedBy', { shift, before: how(before), after: how(after) })
  }
  const code = cause.slice(what.length + 1)
  if (what === 'added') return t('lookBack.c.added', { code })
  if (what === 'removed') return t('lookBack.c.removed', { code })
  if (what === 'reworded') return t('lookBack.c.reworded', { code })
  if (what === 'rekinded') return t('lookBack.c.rekinded', { code: first })
  return cause
}
