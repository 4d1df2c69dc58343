export const rulesZh = {
  'rules.title': '规则库',
} as const

export const rulesEn: Record<keyof typeof rulesZh, string> = {
  'rules.title': 'Rulebook',
}
