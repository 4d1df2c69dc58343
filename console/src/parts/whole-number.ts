import { useWording } from '#/i18n/language.tsx'

type WholeRule = {
  readonly required: boolean
  readonly type: 'integer'
  readonly min: number
  readonly max: number
  readonly message: string
}

/**
 * The rule of a field that takes a whole number. Bounds stand here and never at the input: one with bounds of its own puts the nearest
 * number in place of what was typed, in the same click that sends it.
 */
export function useWholeRule(): (
  least: number,
  most: number,
  wish?: { readonly optional?: boolean },
) => WholeRule {
  const { t, count } = useWording()
  return (least, most, { optional = false } = {}) => ({
    required: !optional,
    type: 'integer',
    min: least,
    max: most,
    message: t('common.wholeBetween', { least: count(least), most: count(most) }),
  })
}
