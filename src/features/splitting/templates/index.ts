import type { RuleTemplate } from '#domain/rulebook.ts'
import { coldChain, everything, hazmat, presale } from './handling.ts'
import { forceTogether, giftWithMain, overweight } from './together.ts'

/** Shipped with the kind, the most asked for first. */
export const SPLIT_TEMPLATES: readonly RuleTemplate[] = [
  giftWithMain,
  coldChain,
  hazmat,
  overweight,
  presale,
  forceTogether,
  everything,
]
