import type { RuleTemplate } from '#domain/rulebook.ts'
import { CARRIER_TEMPLATE } from './template-carrier.ts'
import { RECOMMENDED_TEMPLATE } from './template-recommended.ts'
import { SOURCE_TEMPLATE } from './template-source.ts'
import { WEIGHT_TEMPLATE } from './template-weight.ts'

export const FREIGHT_TEMPLATES: readonly RuleTemplate[] = [
  RECOMMENDED_TEMPLATE,
  SOURCE_TEMPLATE,
  WEIGHT_TEMPLATE,
  CARRIER_TEMPLATE,
]
