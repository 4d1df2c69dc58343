import { useCallback } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { CARRIERS_EN, CARRIERS_ZH } from '#/i18n/texts/vocabulary.ts'

/** A carrier's name by the hub's code; one that has no code is called what its source called it. */
export function useCarrierName(): (code: string) => string {
  const { language } = useWording()
  return useCallback(
    (code) =>
      (language === 'zh' ? CARRIERS_ZH : CARRIERS_EN)[code] ??
      CARRIERS_ZH[code] ??
      code.replace(/^other:/, ''),
    [language],
  )
}

export function CarrierName({ code }: { readonly code: string }) {
  const name = useCarrierName()
  return <span title={code}>{name(code)}</span>
}
