export const decisionsZh = {
  'decisions.title': '决策追溯',
} as const

export const decisionsEn: Record<keyof typeof decisionsZh, string> = {
  'decisions.title': 'Decision trace',
}
